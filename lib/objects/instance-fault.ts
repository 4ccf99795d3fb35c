import type { RequestContext } from '../context/index.js'
import { insertFault } from '../db/queries/cell/instance-actions.js'
import { faultsOf, latestFaultsOf } from '../db/queries/cell/instance-parts.js'
import { ObjectActionError } from '../exception/index.js'
import { cellOf, withDeletedFlag } from './access.js'
import {
  integer,
  novaObject,
  novaObjectList,
  remotable,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
import { persistentFields } from './persistent.js'

export class InstanceFault extends novaObject('InstanceFault', '1.2', {
  id: integer(),
  instance_uuid: uuid(),
  code: integer(),
  message: string({ nullable: true }),
  details: string({ nullable: true }),
  host: string({ nullable: true }),
  ...persistentFields(),
}) {
  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'create', reason: 'already created' })
    }
    const row = await cellOf(context).transaction(trx =>
      insertFault(trx, {
        instance_uuid: this.instanceUuid,
        code: this.code,
        // The column's width.
        message: this.get('message')?.slice(0, 255) ?? null,
        details: this.get('details') ?? null,
        host: this.get('host') ?? null,
      }),
    )
    this.assign(withDeletedFlag(row)).resetChanges()
  }

  @remotableClassMethod(['instance_uuid'])
  static async getLatestForInstance(
    context: RequestContext,
    instanceUuid: string,
  ): Promise<InstanceFault | null> {
    const [row] = await latestFaultsOf(cellOf(context).kysely, [instanceUuid])
    return row ? InstanceFault.hydrate(context, withDeletedFlag(row)) : null
  }
}

export class InstanceFaultList extends novaObjectList(
  'InstanceFaultList',
  '1.2',
  () => InstanceFault,
) {
  /** Newest first. */
  @remotableClassMethod(['instance_uuids'])
  static async getByInstanceUuids(
    context: RequestContext,
    instanceUuids: readonly string[],
  ): Promise<InstanceFaultList> {
    const rows = await faultsOf(cellOf(context).kysely, instanceUuids)
    return InstanceFaultList.of(
      context,
      rows.map(row => InstanceFault.hydrate(context, withDeletedFlag(row))),
    )
  }

  /** One at most of each instance. */
  @remotableClassMethod(['instance_uuids'])
  static async getLatestByInstanceUuids(
    context: RequestContext,
    instanceUuids: readonly string[],
  ): Promise<InstanceFaultList> {
    const rows = await latestFaultsOf(cellOf(context).kysely, instanceUuids)
    return InstanceFaultList.of(
      context,
      rows.map(row => InstanceFault.hydrate(context, withDeletedFlag(row))),
    )
  }
}
