import { type CellDb, type CellRow, cellValues, insertedId, now, type Values } from '../rows.js'

export type VirtualInterfaceRow = CellRow<'virtual_interfaces'>

export interface VirtualInterfaceFilter {
  readonly id?: number | undefined
  readonly uuid?: string | undefined
  readonly address?: string | undefined
  readonly instanceUuid?: string | undefined
  readonly networkId?: number | undefined
}

export const selectVirtualInterfaces = (
  db: CellDb,
  filter: VirtualInterfaceFilter,
): Promise<VirtualInterfaceRow[]> => {
  let query = db.selectFrom('virtual_interfaces').selectAll().where('deleted', '=', 0).orderBy('id')
  if (filter.id !== undefined) query = query.where('id', '=', filter.id)
  if (filter.uuid !== undefined) query = query.where('uuid', '=', filter.uuid)
  if (filter.address !== undefined) query = query.where('address', '=', filter.address)
  if (filter.instanceUuid !== undefined) {
    query = query.where('instance_uuid', '=', filter.instanceUuid)
  }
  if (filter.networkId !== undefined) query = query.where('network_id', '=', filter.networkId)
  return query.execute()
}

export const insertVirtualInterface = async (
  db: CellDb,
  values: Values,
): Promise<VirtualInterfaceRow> => {
  const result = await db
    .insertInto('virtual_interfaces')
    .values({ ...cellValues('virtual_interfaces', values), created_at: now(), deleted: 0 })
    .executeTakeFirstOrThrow()
  return db
    .selectFrom('virtual_interfaces')
    .selectAll()
    .where('id', '=', insertedId(result))
    .executeTakeFirstOrThrow()
}

export const updateVirtualInterface = async (
  db: CellDb,
  id: number,
  values: Values,
): Promise<VirtualInterfaceRow | undefined> => {
  await db
    .updateTable('virtual_interfaces')
    .set({ ...cellValues('virtual_interfaces', values), updated_at: now() })
    .where('id', '=', id)
    .where('deleted', '=', 0)
    .execute()
  const [row] = await selectVirtualInterfaces(db, { id })
  return row
}

export const softDeleteVirtualInterfaces = async (
  db: CellDb,
  filter: { readonly id: number } | { readonly instanceUuid: string },
): Promise<void> => {
  const query = db
    .updateTable('virtual_interfaces')
    .set(eb => ({ deleted: eb.ref('id'), deleted_at: now() }))
    .where('deleted', '=', 0)
  await ('id' in filter
    ? query.where('id', '=', filter.id)
    : query.where('instance_uuid', '=', filter.instanceUuid)
  ).execute()
}
