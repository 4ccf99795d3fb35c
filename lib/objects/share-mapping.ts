import type { RequestContext } from '../context/index.js'
import {
  deleteShareMapping,
  saveShareMapping,
  selectShareMappings,
} from '../db/queries/cell/share-mappings.js'
import { ShareNotFound } from '../exception/index.js'
import { cellOf } from './access.js'
import {
  integer,
  novaObject,
  novaObjectList,
  remotable,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
import { shareMappingProto, shareMappingStatus } from './enums.js'
import { timestampFields } from './persistent.js'

/** A share that a server has (2.97). How a host reaches it (`access_*`) is in no row: hosts work it out. */
export class ShareMapping extends novaObject('ShareMapping', '1.2', {
  id: integer({ readOnly: true }),
  uuid: uuid(),
  instance_uuid: uuid(),
  share_id: uuid(),
  status: shareMappingStatus(),
  tag: string(),
  export_location: string(),
  share_proto: shareMappingProto(),
  access_type: string({ nullable: true, since: '1.1' }),
  access_to: string({ nullable: true, since: '1.1' }),
  access_key: string({ nullable: true, since: '1.1' }),
  ...timestampFields(),
}) {
  /** Creates its row, or updates it. */
  @remotable()
  async save(): Promise<void> {
    const context = this.requireContext('save')
    const row = await cellOf(context).transaction(trx =>
      saveShareMapping(trx, this.uuid, this.changes()),
    )
    this.assign({ ...row }).resetChanges()
  }

  @remotable()
  async delete(): Promise<void> {
    const context = this.requireContext('delete')
    await deleteShareMapping(cellOf(context).kysely, this.instanceUuid, this.shareId)
  }

  /** @throws ShareNotFound */
  @remotableClassMethod(['instance_uuid', 'share_id'])
  static async getByInstanceUuidAndShareId(
    context: RequestContext,
    instanceUuid: string,
    shareId: string,
  ): Promise<ShareMapping> {
    const [row] = await selectShareMappings(cellOf(context).kysely, { instanceUuid, shareId })
    if (!row) throw new ShareNotFound({ share_id: shareId })
    return ShareMapping.hydrate(context, row)
  }
}

export class ShareMappingList extends novaObjectList(
  'ShareMappingList',
  '1.0',
  () => ShareMapping,
) {
  @remotableClassMethod(['instance_uuid'])
  static async getByInstanceUuid(
    context: RequestContext,
    instanceUuid: string,
  ): Promise<ShareMappingList> {
    const rows = await selectShareMappings(cellOf(context).kysely, { instanceUuid })
    return ShareMappingList.of(
      context,
      rows.map(row => ShareMapping.hydrate(context, row)),
    )
  }

  @remotableClassMethod(['share_id'])
  static async getByShareId(context: RequestContext, shareId: string): Promise<ShareMappingList> {
    const rows = await selectShareMappings(cellOf(context).kysely, { shareId })
    return ShareMappingList.of(
      context,
      rows.map(row => ShareMapping.hydrate(context, row)),
    )
  }
}
