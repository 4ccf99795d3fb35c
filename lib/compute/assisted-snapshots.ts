import type { RequestContext } from '../context/index.js'
import { VolumeBDMNotFound } from '../exception/index.js'
import { BlockDeviceMapping, Instance } from '../objects/index.js'
import type { Cells } from './cells.js'
import { checkAction } from './checks.js'
import type { ComputeRpcApi } from './rpcapi.js'

/** Snapshots of volumes in use, for volume services that need the host's help with them. */
export class AssistedSnapshots {
  readonly #cells: Cells
  readonly #rpc: ComputeRpcApi

  constructor(parts: { readonly cells: Cells; readonly compute: ComputeRpcApi }) {
    this.#cells = parts.cells
    this.#rpc = parts.compute
  }

  /**
   * @param info  `snapshot_id`, `type`, `new_file`, `id`
   * @throws VolumeBDMNotFound, VolumeBDMIsMultiAttach, InstanceNotReady, InstanceInvalidState
   */
  async create(context: RequestContext, volumeId: string, info: object): Promise<void> {
    const instance = await this.#idleServer(context, volumeId, 'volume_snapshot_create')
    const cell = instance.requireContext('volume_snapshot_create')
    await this.#rpc.volumeSnapshotCreate(cell, instance, volumeId, info)
  }

  /** @throws as {@link create} */
  async delete(
    context: RequestContext,
    volumeId: string,
    snapshotId: string,
    info: object,
  ): Promise<void> {
    const instance = await this.#idleServer(context, volumeId, 'volume_snapshot_delete')
    const cell = instance.requireContext('volume_snapshot_delete')
    await this.#rpc.volumeSnapshotDelete(cell, instance, volumeId, snapshotId, info)
  }

  /** The server that has the volume, in any state, but with nothing under way. */
  async #idleServer(context: RequestContext, volumeId: string, name: string): Promise<Instance> {
    const { answers } = await this.#cells.gather(context, async cell => {
      const bdm = await bdmIn(cell, volumeId)
      return bdm && Instance.getByUuid(cell, bdm.instanceUuid)
    })
    const instance = answers.find(answer => answer !== null)
    if (!instance) throw new VolumeBDMNotFound({ volume_id: volumeId })
    checkAction(context, instance, { name, respectsLock: false, needsHost: true })
    return instance
  }
}

const bdmIn = async (
  cell: RequestContext,
  volumeId: string,
): Promise<BlockDeviceMapping | null> => {
  try {
    return await BlockDeviceMapping.getByVolume(cell, volumeId)
  } catch (error) {
    if (error instanceof VolumeBDMNotFound) return null
    throw error
  }
}
