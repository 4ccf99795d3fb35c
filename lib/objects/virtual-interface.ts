import type { RequestContext } from '../context/index.js'
import { duplicateEntry } from '../db/errors.js'
import {
  insertVirtualInterface,
  selectVirtualInterfaces,
  softDeleteVirtualInterfaces,
  updateVirtualInterface,
  type VirtualInterfaceFilter,
} from '../db/queries/cell/virtual-interfaces.js'
import { ObjectActionError, VirtualInterfaceCreateException } from '../exception/index.js'
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

export class VirtualInterface extends novaObject('VirtualInterface', '1.3', {
  id: integer(),
  address: string({ nullable: true }),
  network_id: integer(),
  instance_uuid: uuid(),
  uuid: uuid(),
  tag: string({ nullable: true, since: '1.1' }),
  ...persistentFields(),
}) {
  @remotableClassMethod(['vif_id'])
  static async getById(context: RequestContext, id: number): Promise<VirtualInterface | null> {
    return one(context, { id })
  }

  @remotableClassMethod(['vif_uuid'])
  static async getByUuid(context: RequestContext, uuid: string): Promise<VirtualInterface | null> {
    return one(context, { uuid })
  }

  @remotableClassMethod(['address'])
  static async getByAddress(
    context: RequestContext,
    address: string,
  ): Promise<VirtualInterface | null> {
    return one(context, { address })
  }

  @remotableClassMethod(['instance_uuid', 'network_id'])
  static async getByInstanceAndNetwork(
    context: RequestContext,
    instanceUuid: string,
    networkId: number,
  ): Promise<VirtualInterface | null> {
    return one(context, { instanceUuid, networkId })
  }

  /** @throws VirtualInterfaceCreateException when a live one has the address */
  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'create', reason: 'already created' })
    }
    try {
      const row = await cellOf(context).transaction(trx =>
        insertVirtualInterface(trx, this.changes()),
      )
      this.assign(withDeletedFlag(row)).resetChanges()
    } catch (error) {
      if (duplicateEntry(error)) throw new VirtualInterfaceCreateException()
      throw error
    }
  }

  @remotable()
  async save(): Promise<void> {
    const context = this.requireContext('save')
    const row = await cellOf(context).transaction(trx =>
      updateVirtualInterface(trx, this.id, this.changes()),
    )
    if (row) this.assign(withDeletedFlag(row)).resetChanges()
  }

  @remotable()
  async destroy(): Promise<void> {
    const context = this.requireContext('destroy')
    await softDeleteVirtualInterfaces(cellOf(context).kysely, { id: this.id })
  }

  @remotableClassMethod(['instance_uuid'])
  static async deleteByInstanceUuid(context: RequestContext, instanceUuid: string): Promise<void> {
    await softDeleteVirtualInterfaces(cellOf(context).kysely, { instanceUuid })
  }
}

export class VirtualInterfaceList extends novaObjectList(
  'VirtualInterfaceList',
  '1.0',
  () => VirtualInterface,
) {
  @remotableClassMethod([])
  static async getAll(context: RequestContext): Promise<VirtualInterfaceList> {
    return list(context, {})
  }

  @remotableClassMethod(['instance_uuid'], ['use_slave'])
  static async getByInstanceUuid(
    context: RequestContext,
    instanceUuid: string,
    _options: { readonly useSlave?: boolean } = {},
  ): Promise<VirtualInterfaceList> {
    return list(context, { instanceUuid })
  }
}

const list = async (
  context: RequestContext,
  filter: VirtualInterfaceFilter,
): Promise<VirtualInterfaceList> => {
  const rows = await selectVirtualInterfaces(cellOf(context).kysely, filter)
  return VirtualInterfaceList.of(
    context,
    rows.map(row => VirtualInterface.hydrate(context, withDeletedFlag(row))),
  )
}

const one = async (
  context: RequestContext,
  filter: VirtualInterfaceFilter,
): Promise<VirtualInterface | null> => {
  const [row] = await selectVirtualInterfaces(cellOf(context).kysely, filter)
  return row ? VirtualInterface.hydrate(context, withDeletedFlag(row)) : null
}
