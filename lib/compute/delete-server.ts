import type { NovaConf } from '../conf/index.js'
import type { RequestContext } from '../context/index.js'
import { BuildRequestNotFound, InstanceNotFound } from '../exception/index.js'
import type { ImageApi } from '../image/api.js'
import type { Log } from '../log/index.js'
import type { NetworkApi } from '../network/api.js'
import { notifying } from '../notifications/index.js'
import {
  type BlockDeviceMapping,
  BlockDeviceMappingList,
  BuildRequest,
  type Instance,
  InstanceAction,
  InstanceMapping,
} from '../objects/index.js'
import type { Claims } from '../placement/allocations.js'
import type { VolumeApi } from '../volume/api.js'
import { confirmBeforeDelete } from './actions/end-resize.js'
import { isHostUp } from './actions/host-checks.js'
import { deleteShelvedImage } from './actions/shelved-image.js'
import { checkAction } from './checks.js'
import { releaseVolumes } from './release-volumes.js'
import type { ComputeRpcApi } from './rpcapi.js'
import { TaskState, VmState } from './states.js'

export interface DeleterParts {
  readonly conf: Pick<NovaConf, 'DEFAULT'>
  readonly images: ImageApi
  readonly network: NetworkApi
  readonly volumes: VolumeApi
  readonly log: Log
  readonly compute: ComputeRpcApi
  readonly claims: Pick<Claims, 'removeAllocations'>
}

const rule = {
  name: 'delete',
  taskStates: 'any',
  mustHaveLaunched: false,
} as const

/**
 * Deletes servers, at any moment of their life: while they wait for a host, in the middle of a boot,
 * on a host that is up, on one that is gone.
 */
export class ServerDeleter {
  readonly #parts: DeleterParts

  constructor(parts: DeleterParts) {
    this.#parts = parts
  }

  /**
   * With `[DEFAULT] reclaim_instance_interval`, a server that ever ran is kept for that long, to be
   * restored if it was a mistake.
   *
   * @param force  at once, and for good
   * @returns false when the server has found its cell while we looked for it among those that wait:
   *   the caller looks again
   * @throws InstanceIsLocked (409)
   */
  async delete(context: RequestContext, instance: Instance, force: boolean): Promise<boolean> {
    checkAction(context, instance, rule)
    await queueForDelete(context, instance.uuid)
    if (!instance.isSet('id')) return this.#deleteWaiting(context, instance.uuid)
    const { taskState, launchedAt } = instance
    if (taskState === TaskState.deleting) return true
    if (taskState === TaskState.softDeleting && !force) return true
    const keeps = this.#parts.conf.DEFAULT.reclaim_instance_interval > 0
    try {
      await this.#deletePlaced(instance, keeps && !force && launchedAt !== null)
    } catch (error) {
      // Somebody else's delete was faster; it is gone, as was asked.
      if (!(error instanceof InstanceNotFound)) throw error
    }
    return true
  }

  async #deletePlaced(instance: Instance, soft: boolean): Promise<void> {
    const cell = instance.requireContext('delete')
    const { compute, images } = this.#parts
    await deleteShelvedImage(cell, images, instance)
    if (instance.vmState === VmState.resized) {
      const downTime = this.#parts.conf.DEFAULT.service_down_time
      await confirmBeforeDelete(compute, instance, downTime)
      await instance.refresh()
    }
    instance.taskState = soft ? TaskState.softDeleting : TaskState.deleting
    if (soft) instance.deletedAt = new Date()
    instance.progress = 0
    await instance.save()
    await InstanceAction.actionStart(cell, instance.uuid, 'delete', { wantResult: false })
    if (!instance.host || !(await this.#isUp(cell, instance.host))) {
      return this.#deleteLocally(cell, instance)
    }
    if (soft) return compute.softDeleteInstance(cell, instance)
    const bdms = await BlockDeviceMappingList.getByInstanceUuid(cell, instance.uuid)
    await compute.terminateInstance(cell, instance, bdms)
  }

  /** @returns false when the conductor was faster and has moved it to a cell */
  async #deleteWaiting(context: RequestContext, uuid: string): Promise<boolean> {
    try {
      const buildRequest = await BuildRequest.getByInstanceUuid(context, uuid)
      await buildRequest.destroy()
      await this.#releaseVolumes(context, uuid, buildRequest.blockDeviceMappings.objects)
    } catch (error) {
      if (error instanceof BuildRequestNotFound) return false
      throw error
    }
    await this.#parts.claims.removeAllocations(context, uuid)
    return true
  }

  async #isUp(cell: RequestContext, host: string): Promise<boolean> {
    return isHostUp(cell, host, this.#parts.conf.DEFAULT.service_down_time)
  }

  #releaseVolumes(
    context: RequestContext,
    instance: string,
    bdms: readonly BlockDeviceMapping[],
  ): Promise<void> {
    const { volumes, log } = this.#parts
    return releaseVolumes(volumes, context, bdms, (error, volume) => {
      log.error({ err: error, instance, volume }, 'a volume could not be given back')
    })
  }

  /** Nobody is there to do it: what the host holds of it, the host clears away when it is back. */
  #deleteLocally(cell: RequestContext, instance: Instance): Promise<void> {
    const subject = { instance, source: 'nova-api' } as const
    return notifying(cell, 'instance.delete', subject, () => this.#clear(cell, instance), 'end')
  }

  async #clear(cell: RequestContext, instance: Instance): Promise<void> {
    await this.#parts.network.deallocateForInstance(cell, instance)
    const { objects } = await BlockDeviceMappingList.getByInstanceUuid(cell, instance.uuid)
    await this.#releaseVolumes(cell, instance.uuid, objects)
    instance.vmState = VmState.deleted
    instance.taskState = null
    instance.powerState = 0
    instance.terminatedAt = new Date()
    await instance.save()
    await instance.destroy()
    await this.#parts.claims.removeAllocations(cell, instance.uuid)
  }
}

const queueForDelete = async (context: RequestContext, uuid: string): Promise<void> => {
  const mapping = await InstanceMapping.getByInstanceUuid(context, uuid)
  mapping.queuedForDelete = true
  await mapping.save()
}
