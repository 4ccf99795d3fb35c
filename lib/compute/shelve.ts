import type { RequestContext } from '../context/index.js'
import { notify, notifying } from '../notifications/index.js'
import type { Instance } from '../objects/index.js'
import { guestOptions } from './guest-options.js'
import type { GuestVolumes } from './guest-volumes.js'
import type { InstanceNetworks } from './networking.js'
import { powerOff, powerStateOf } from './power.js'
import type { ResourceTracker } from './resource-tracker.js'
import type { ComputeServices } from './services.js'
import type { InstanceSnapshots } from './snapshots.js'
import { PowerState, TaskState, VmState } from './states.js'

export interface ShelvingOptions {
  readonly services: ComputeServices
  readonly tracker: ResourceTracker
  readonly networks: InstanceNetworks
  readonly snapshots: InstanceSnapshots
  readonly volumes: GuestVolumes
}

/** Puts guests away as images, and off this host (contract: flows.md 8). Locks are the caller's. */
export class InstanceShelving {
  readonly #parts: ShelvingOptions

  constructor(parts: ShelvingOptions) {
    this.#parts = parts
  }

  /** With `[DEFAULT] shelved_offload_time` 0 the guest leaves the host at once. */
  async shelve(
    context: RequestContext,
    instance: Instance,
    imageId: string,
    cleanShutdown: boolean,
  ): Promise<void> {
    const offload = this.#parts.services.options.shelvedOffloadTime === 0
    await notify(context, 'instance.exists', { instance, isCurrent: true })
    await notifying(context, 'instance.shelve', { instance }, () =>
      this.#putAway(context, instance, imageId, { cleanShutdown, offload }),
    )
    if (offload) await this.offload(context, instance, false)
  }

  async #putAway(
    context: RequestContext,
    instance: Instance,
    imageId: string,
    { cleanShutdown, offload }: { readonly cleanShutdown: boolean; readonly offload: boolean },
  ): Promise<void> {
    const { services, snapshots } = this.#parts
    const { driver, host } = services
    await snapshots.discardingOnFailure(context, imageId, async () => {
      // Not every hypervisor can ask a paused guest to shut down.
      await powerOff(services, instance, cleanShutdown && instance.powerState !== PowerState.paused)
      await snapshots.upload(context, instance, imageId, {
        begunAs: TaskState.shelving,
        readingAs: TaskState.shelvingImagePendingUpload,
        sendingAs: TaskState.shelvingImageUploading,
      })
    })
    instance.systemMetadata = {
      ...instance.systemMetadata,
      shelved_at: new Date().toISOString().replace(/Z$/, ''),
      shelved_image_id: imageId,
      shelved_host: host,
    }
    instance.vmState = VmState.shelved
    instance.taskState = offload ? TaskState.shelvingOffloading : null
    instance.powerState = await powerStateOf(driver, instance)
    await instance.save({ expectedTaskState: TaskState.shelvingImageUploading })
  }

  /** What it used of the host is free before the row says so: whoever waits for that finds room. */
  offload(context: RequestContext, instance: Instance, cleanShutdown: boolean): Promise<void> {
    return notifying(context, 'instance.shelve_offload', { instance }, () =>
      this.#leave(context, instance, cleanShutdown),
    )
  }

  async #leave(context: RequestContext, instance: Instance, cleanShutdown: boolean): Promise<void> {
    const { services, networks, tracker, volumes } = this.#parts
    const { driver, host, network, allocations, scheduler, options } = services
    const { powerState } = await this.#powerOff(instance, cleanShutdown)
    await driver.destroy(context, instance, await guestOptions(context, networks, instance))
    await volumes.disconnect(context, instance)
    await network.cleanupInstanceNetworkOnHost(context, instance, host)
    await allocations.removeAllocations(context, instance.uuid)

    instance.powerState = powerState
    instance.vmState = VmState.shelvedOffloaded
    instance.taskState = null
    instance.host = null
    instance.node = null
    instance.launchedOn = null
    instance.availabilityZone = null
    await instance.save({
      expectedTaskState: [TaskState.shelving, TaskState.shelvingOffloading],
    })
    await tracker.updateUsage(instance)
    if (options.trackInstanceChanges) {
      await scheduler.deleteInstanceInfo(context, host, instance.uuid)
    }
  }

  /** A guest that is gone from the host, after an offload that was interrupted, is off. */
  async #powerOff(instance: Instance, cleanShutdown: boolean) {
    const { services } = this.#parts
    if ((await powerStateOf(services.driver, instance)) === PowerState.noState) {
      return { powerState: PowerState.shutdown }
    }
    await powerOff(services, instance, cleanShutdown)
    return { powerState: await powerStateOf(services.driver, instance) }
  }
}

/** What a shelved instance remembers of its shelving. */
const shelvedKeys: readonly string[] = ['shelved_at', 'shelved_image_id', 'shelved_host']

/**
 * Ends a shelving: the snapshot goes, and what was remembered of it. Not saved yet.
 */
export const forgetShelving = async (
  context: RequestContext,
  { image, log }: Pick<ComputeServices, 'image' | 'log'>,
  instance: Instance,
): Promise<void> => {
  const { shelved_image_id: imageId } = instance.systemMetadata
  if (imageId) {
    try {
      await image.delete(context, imageId)
    } catch (error) {
      // The server runs; an image that is left over must not make that a failure.
      log.warn(
        { err: error, instance: instance.uuid },
        'cannot delete the image of a shelved server',
      )
    }
  }
  const remembered = Object.entries(instance.systemMetadata)
  if (!remembered.some(([key]) => shelvedKeys.includes(key))) return
  instance.systemMetadata = Object.fromEntries(
    remembered.filter(([key]) => !shelvedKeys.includes(key)),
  )
}
