import type { RequestContext } from '../context/index.js'
import {
  infoCachesOf,
  saveInfoCache,
  softDeleteInfoCache,
} from '../db/queries/cell/instance-parts.js'
import { InstanceInfoCacheNotFound } from '../exception/index.js'
import { cellOf, withDeletedFlag } from './access.js'
import { novaObject, remotable, remotableClassMethod, string, uuid } from './base/index.js'
import { persistentFields } from './persistent.js'

export class InstanceInfoCache extends novaObject('InstanceInfoCache', '1.5', {
  instance_uuid: uuid(),
  network_info: string({ nullable: true }),
  ...persistentFields(),
}) {
  /** @throws InstanceInfoCacheNotFound */
  @remotableClassMethod(['instance_uuid'])
  static async getByInstanceUuid(
    context: RequestContext,
    instanceUuid: string,
  ): Promise<InstanceInfoCache> {
    const [row] = await infoCachesOf(cellOf(context).kysely, [instanceUuid])
    if (!row) throw new InstanceInfoCacheNotFound({ instance_uuid: instanceUuid })
    return InstanceInfoCache.hydrate(context, withDeletedFlag(row))
  }

  /** @throws InstanceInfoCacheNotFound */
  @remotable([], ['update_cells'])
  async save(_options: { readonly updateCells?: boolean } = {}): Promise<void> {
    if (!this.changedFields().has('network_info')) return
    const context = this.requireContext('save')
    const { instanceUuid, networkInfo } = this
    const row = await cellOf(context).transaction(trx =>
      saveInfoCache(trx, instanceUuid, networkInfo),
    )
    if (!row) throw new InstanceInfoCacheNotFound({ instance_uuid: instanceUuid })
    this.assign(withDeletedFlag(row)).resetChanges()
  }

  /** @throws InstanceInfoCacheNotFound */
  @remotable()
  async refresh(): Promise<void> {
    const context = this.requireContext('refresh')
    const [row] = await infoCachesOf(cellOf(context).kysely, [this.instanceUuid])
    if (!row) throw new InstanceInfoCacheNotFound({ instance_uuid: this.instanceUuid })
    this.assign(withDeletedFlag(row)).resetChanges()
  }

  @remotable()
  async delete(): Promise<void> {
    const context = this.requireContext('delete')
    await softDeleteInfoCache(cellOf(context).kysely, this.instanceUuid)
  }
}
