import type { RequestContext } from '../context/index.js'
import { InstanceNotFound } from '../exception/index.js'
import { notifying } from '../notifications/index.js'
import { BlockDeviceMappingList, type Instance } from '../objects/index.js'
import { blockDeviceInfo } from './block-devices.js'
import type { GuestShares } from './guest-shares.js'
import type { GuestVolumes } from './guest-volumes.js'
import { endMovesOfDeleted } from './moves/overtaken.js'
import type { InstanceNetworks } from './networking.js'
import { isOutage } from './outage.js'
import type { ResourceTracker } from './resource-tracker.js'
import type { ComputeServices } from './services.js'
import { PowerState, VmState } from './states.js'

export interface TerminatorOptions {
  readonly services: ComputeServices
  readonly tracker: ResourceTracker
  readonly networks: InstanceNetworks
  readonly volumes: GuestVolumes
  readonly shares: GuestShares
}

/** Takes an instance away, with all it has (contract: flows.md 3). Its lock is held by the caller. */
export class InstanceTerminator {
  readonly #services: ComputeServices
  readonly #tracker: ResourceTracker
  readonly #networks: InstanceNetworks
  readonly #volumes: GuestVolumes
  readonly #shares: GuestShares

  constructor({ services, tracker, networks, volumes, shares }: TerminatorOptions) {
    this.#services = services
    this.#tracker = tracker
    this.#networks = networks
    this.#volumes = volumes
    this.#shares = shares
  }

  /**
   * An instance that is gone already is no error. What an outage cuts short goes on later
   * (`finish_abandoned`): its owner was told that it goes. Any other failure leaves it in error.
   */
  async terminate(context: RequestContext, instance: Instance): Promise<void> {
    try {
      await this.remove(context, instance)
    } catch (error) {
      if (error instanceof InstanceNotFound) {
        this.#services.log.info(
          { instance: instance.uuid },
          'instance disappeared during terminate',
        )
        return
      }
      if (isOutage(error)) throw error
      instance.vmState = VmState.error
      await instance.save()
      throw error
    }
  }

  /** The guest and its ports, whatever becomes of the row. */
  async shutdown(context: RequestContext, instance: Instance): Promise<void> {
    const bdms = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
    await this.#services.driver.destroy(context, instance, {
      networkInfo: this.#networks.cached(instance),
      blockDeviceInfo: blockDeviceInfo(instance, bdms.objects),
    })
    await this.#networks.deallocate(context, instance)
    await this.#volumes.release(context, instance, bdms.objects)
    await this.#shares.release(context, instance)
  }

  /** All of it; what fails is the caller's to deal with. */
  remove(context: RequestContext, instance: Instance): Promise<void> {
    return notifying(context, 'instance.delete', { instance }, () =>
      this.#remove(context, instance),
    )
  }

  async #remove(context: RequestContext, instance: Instance): Promise<void> {
    const { host, allocations, scheduler, options } = this.#services
    await notifying(context, 'instance.shutdown', { instance }, () =>
      this.shutdown(context, instance),
    )
    // This order is nova's (contract: captures/delete).
    instance.vmState = VmState.deleted
    instance.taskState = null
    instance.powerState = PowerState.noState
    instance.terminatedAt = new Date()
    await instance.save()
    await this.#tracker.updateUsage(instance)
    await allocations.removeAllocations(context, instance.uuid)
    await endMovesOfDeleted(this.#services, context, instance)
    if (options.trackInstanceChanges) {
      await scheduler.deleteInstanceInfo(context, host, instance.uuid)
    }
    await instance.destroy()
  }
}
