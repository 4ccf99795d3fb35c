import type { RequestContext } from '../context/index.js'
import {
  InstanceNotFound,
  PreserveEphemeralNotSupported,
  UnexpectedDeletingTaskStateError,
} from '../exception/index.js'
import { BlockDeviceMappingList, type Instance, InstanceList } from '../objects/index.js'
import { blockDeviceInfo } from './block-devices.js'
import type { InstanceArgs } from './guards.js'
import type { InstanceNetworks } from './networking.js'
import { powerOff, powerStateOf } from './power.js'
import type { RebuildInstanceArgs } from './rpcapi.js'
import type { ComputeServices } from './services.js'
import { PowerState, TaskState, VmState } from './states.js'

export type RebuildArgs = InstanceArgs & Omit<RebuildInstanceArgs, 'instance'>

export interface RebuilderOptions {
  readonly services: ComputeServices
  readonly networks: InstanceNetworks
  /** Switches a guest off that was off before. */
  readonly stop: (context: RequestContext, instance: Instance) => Promise<void>
}

/** Replaces guests by fresh ones on the same ports (contract: flows.md 7). Locks are the caller's. */
export class InstanceRebuilder {
  readonly #services: ComputeServices
  readonly #networks: InstanceNetworks
  readonly #stop: RebuilderOptions['stop']

  constructor({ services, networks, stop }: RebuilderOptions) {
    this.#services = services
    this.#networks = networks
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
    const bdms = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
    const guest = {
      networkInfo: this.#networks.cached(instance),
      blockDeviceInfo: blockDeviceInfo(instance, bdms.objects),
    }
    instance.powerState = await powerStateOf(driver, instance)
    instance.taskState = TaskState.rebuilding
    await instance.save({ expectedTaskState: TaskState.rebuilding })
    // Only drivers that rebuild by themselves could; none here does.
    if (args.preserve_ephemeral) throw new PreserveEphemeralNotSupported()

    if (instance.powerState !== PowerState.noState) await powerOff(this.#services, instance, true)
    await driver.destroy(context, instance, guest)
    instance.taskState = TaskState.rebuildBlockDeviceMapping
    await instance.save({ expectedTaskState: TaskState.rebuilding })
    instance.taskState = TaskState.rebuildSpawning
    await instance.save({ expectedTaskState: TaskState.rebuildBlockDeviceMapping })
    await driver.spawn(context, instance, {
      ...guest,
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
