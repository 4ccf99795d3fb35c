import type { RequestContext } from '../context/index.js'
import { ComputeResourcesUnavailable } from '../exception/index.js'
import { type Instance, InstanceList } from '../objects/index.js'
import type { InstanceArgs } from './guards.js'
import { guestOptions } from './guest-options.js'
import type { GuestVolumes } from './guest-volumes.js'
import type { InstanceNetworks } from './networking.js'
import { powerStateOf } from './power.js'
import type { Claim, ResourceTracker } from './resource-tracker.js'
import type { FilterProperties } from './rpcapi.js'
import type { ComputeServices } from './services.js'
import { forgetShelving } from './shelve.js'
import { TaskState, VmState } from './states.js'

export interface UnshelveArgs extends InstanceArgs {
  /** Glance's image as a v1-style dict; null for a boot from a volume */
  readonly image: Readonly<Record<string, unknown>> | null
  readonly filter_properties?: FilterProperties | null
  readonly node?: string | null
}

export interface UnshelverOptions {
  readonly services: ComputeServices
  readonly tracker: ResourceTracker
  readonly networks: InstanceNetworks
  readonly volumes: GuestVolumes
}

/** Brings shelved instances to this host (contract: flows.md 8). Locks are the caller's. */
export class InstanceUnshelver {
  readonly #services: ComputeServices
  readonly #tracker: ResourceTracker
  readonly #networks: InstanceNetworks
  readonly #volumes: GuestVolumes

  constructor({ services, tracker, networks, volumes }: UnshelverOptions) {
    this.#services = services
    this.#tracker = tracker
    this.#networks = networks
    this.#volumes = volumes
  }

  /** What fails leaves it shelved, on no host. */
  async unshelve(context: RequestContext, args: UnshelveArgs): Promise<void> {
    const { driver, host, scheduler, options } = this.#services
    const { instance } = args
    instance.taskState = TaskState.spawning
    await instance.save()
    await this.#spawn(context, args)
    await forgetShelving(context, this.#services, instance)
    instance.powerState = await powerStateOf(driver, instance)
    instance.vmState = VmState.active
    instance.taskState = null
    instance.launchedAt = new Date()
    await instance.save({ expectedTaskState: TaskState.spawning })
    if (options.trackInstanceChanges) {
      const list = new InstanceList(context, { objects: [instance] })
      await scheduler.updateInstanceInfo(context, host, list)
    }
  }

  async #spawn(context: RequestContext, args: UnshelveArgs): Promise<void> {
    const { driver, host, network } = this.#services
    const { instance } = args
    let claim: Claim | undefined
    let connected = false
    let spawning = false
    try {
      const node = args.node ?? this.#tracker.nodename
      if (!node) throw new ComputeResourcesUnavailable({ reason: 'this host has no node yet' })
      const { limits = {} } = args.filter_properties ?? {}
      claim = await this.#tracker.instanceClaim(instance, node, limits)
      await network.setupInstanceNetworkOnHost(context, instance, host)
      connected = true
      await this.#volumes.connect(context, instance)
      const guest = await guestOptions(context, this.#networks, instance)
      spawning = true
      await driver.spawn(context, instance, {
        ...guest,
        imageMeta: args.image ?? {},
        injectedFiles: [],
        adminPassword: null,
      })
    } catch (error) {
      if (spawning) await this.#destroyGuest(context, instance)
      if (connected) await this.#disconnect(context, instance)
      await claim?.abort(context)
      await this.#services.allocations.removeAllocations(context, instance.uuid)
      await network.cleanupInstanceNetworkOnHost(context, instance, host)
      takeOffHost(instance)
      throw error
    }
  }

  async #disconnect(context: RequestContext, instance: Instance): Promise<void> {
    try {
      await this.#volumes.disconnect(context, instance)
    } catch (error) {
      const fields = { err: error, instance: instance.uuid }
      this.#services.log.error(fields, 'cannot disconnect the volumes of an unshelve that failed')
    }
  }

  async #destroyGuest(context: RequestContext, instance: Instance): Promise<void> {
    const { driver, log } = this.#services
    try {
      await driver.destroy(context, instance, {
        networkInfo: this.#networks.cached(instance),
        blockDeviceInfo: null,
      })
    } catch (error) {
      const fields = { err: error, instance: instance.uuid }
      log.error(fields, 'cannot remove the guest of an unshelve that failed')
    }
  }
}

/** Saved with the end of the task. */
const takeOffHost = (instance: Instance): void => {
  instance.host = null
  instance.node = null
  instance.launchedOn = null
  instance.availabilityZone = null
}
