import type { RequestContext } from '../context/index.js'
import {
  InstanceNotFound,
  PreserveEphemeralNotSupported,
  UnexpectedDeletingTaskStateError,
} from '../exception/index.js'
import { BlockDeviceMappingList, type Instance, InstanceList } from '../objects/index.js'
import type { VirtApi } from '../virt/driver.js'
import { blockDeviceInfo, isVolume, rootDisk } from './block-devices.js'
import type { InstanceArgs } from './guards.js'
import type { GuestVolumes } from './guest-volumes.js'
import type { InstanceNetworks } from './networking.js'
import { powerOff, powerStateOf } from './power.js'
import { reimageRoot } from './reimage.js'
import type { RebuildInstanceArgs } from './rpcapi.js'
import type { ComputeServices } from './services.js'
import { PowerState, TaskState, VmState } from './states.js'

export type RebuildArgs = InstanceArgs & Omit<RebuildInstanceArgs, 'instance'>

export interface RebuilderOptions {
  readonly services: ComputeServices
  readonly networks: InstanceNetworks
  readonly volumes: GuestVolumes
  readonly waiting: VirtApi
  /** Switches a guest off that was off before. */
  readonly stop: (context: RequestContext, instance: Instance) => Promise<void>
}

/** Replaces guests by fresh ones on the same ports (contract: flows.md 7). Locks are the caller's. */
export class InstanceRebuilder {
  readonly #services: ComputeServices
  readonly #networks: InstanceNetworks
  readonly #volumes: GuestVolumes
  readonly #waiting: VirtApi
  readonly #stop: RebuilderOptions['stop']

  constructor({ services, networks, volumes, waiting, stop }: RebuilderOptions) {
    this.#services = services
    this.#networks = networks
    this.#volumes = volumes
    this.#waiting = waiting
    this.#stop = stop
  }

  /** Whatever fails leaves the instance in error, unless it was deleted meanwhile. */
  async rebuild(context: RequestContext, args: RebuildArgs): Promise<void> {
    const { instance } = args
    const wasStopped = instance.vmState === VmState.stopped
    try {
      await this.#replace(context, args)
    } catch (error) {
      if (isGone(error)) {
        this.#services.log.info({ instance: instance.uuid }, 'instance deleted during its rebuild')
        return
      }
      instance.vmState = VmState.error
      await instance.save()
      throw error
    }
    if (wasStopped) await this.#stopAgain(context, instance)
    await this.#tellScheduler(context, instance)
  }

  async #replace(context: RequestContext, args: RebuildArgs): Promise<void> {
    const { driver, image } = this.#services
    const { instance } = args
    const imageMeta = args.image_ref ? await image.get(context, args.image_ref) : {}
    const networkInfo = this.#networks.cached(instance)
    const disks = async () => {
      const { objects } = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
      return objects
    }
    const before = await disks()
    instance.powerState = await powerStateOf(driver, instance)
    instance.taskState = TaskState.rebuilding
    await instance.save({ expectedTaskState: TaskState.rebuilding })
    // Only drivers that rebuild by themselves could; none here does.
    if (args.preserve_ephemeral) throw new PreserveEphemeralNotSupported()

    if (instance.powerState !== PowerState.noState) await powerOff(this.#services, instance, true)
    await this.#volumes.unplug(context, instance)
    await driver.destroy(context, instance, {
      networkInfo,
      blockDeviceInfo: blockDeviceInfo(instance, before),
    })
    const root = rootDisk(before)
    if (args.reimage_boot_volume && root && isVolume(root)) {
      const imageId = args.image_ref ?? ''
      await reimageRoot(this.#services, this.#waiting, context, instance, root, imageId)
    }
    instance.taskState = TaskState.rebuildBlockDeviceMapping
    await instance.save({ expectedTaskState: TaskState.rebuilding })
    await this.#volumes.connect(context, instance)
    instance.taskState = TaskState.rebuildSpawning
    await instance.save({ expectedTaskState: TaskState.rebuildBlockDeviceMapping })
    await driver.spawn(context, instance, {
      networkInfo,
      blockDeviceInfo: blockDeviceInfo(instance, await disks()),
      imageMeta: { ...imageMeta },
      injectedFiles: args.injected_files ?? [],
      adminPassword: args.new_pass ?? null,
    })

    instance.powerState = await powerStateOf(driver, instance)
    instance.vmState = VmState.active
    instance.taskState = null
    instance.launchedAt = new Date()
    await instance.save({ expectedTaskState: TaskState.rebuildSpawning })
  }

  async #stopAgain(context: RequestContext, instance: Instance): Promise<void> {
    instance.taskState = TaskState.poweringOff
    instance.progress = 0
    await instance.save()
    await this.#stop(context, instance)
  }

  async #tellScheduler(context: RequestContext, instance: Instance): Promise<void> {
    const { host, scheduler, options } = this.#services
    if (!options.trackInstanceChanges) return
    const list = new InstanceList(context, { objects: [instance] })
    await scheduler.updateInstanceInfo(context, host, list)
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof InstanceNotFound || error instanceof UnexpectedDeletingTaskStateError
