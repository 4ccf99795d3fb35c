import { prepared } from '../../prepared.js'
import {
  type ApiDb,
  type ApiRow,
  apiValues,
  deletedRows,
  inChunks,
  insertedId,
  type NewApiRow,
  now,
  type Values,
} from '../rows.js'

export type CellMappingRow = ApiRow<'cell_mappings'>
export type HostMappingRow = ApiRow<'host_mappings'>
export type InstanceMappingRow = ApiRow<'instance_mappings'>

/** The cell of instances that were never placed. */
export const CELL0_UUID = '00000000-0000-0000-0000-000000000000'

export interface CellMappingFilter {
  readonly id?: number | undefined
  readonly uuid?: string | undefined
  readonly disabled?: boolean | undefined
}

const byFilter = prepared(
  (db: ApiDb, filter: Omit<CellMappingFilter, 'disabled'> & { readonly disabled?: number }) => {
    let query = db.selectFrom('cell_mappings').selectAll().orderBy('id')
    if (filter.id !== undefined) query = query.where('id', '=', filter.id)
    if (filter.uuid !== undefined) query = query.where('uuid', '=', filter.uuid)
    if (filter.disabled !== undefined) query = query.where('disabled', '=', filter.disabled)
    return query
  },
)

/** Cells by id: cell0 is the first where nova's own commands made them. */
export const selectCellMappings = (
  db: ApiDb,
  { disabled, ...filter }: CellMappingFilter = {},
): Promise<CellMappingRow[]> =>
  byFilter(db, disabled === undefined ? filter : { ...filter, disabled: Number(disabled) })

export const insertCellMapping = async (
  db: ApiDb,
  values: Values & { readonly uuid: string },
): Promise<CellMappingRow> => {
  const row: NewApiRow<'cell_mappings'> = {
    disabled: 0,
    ...apiValues('cell_mappings', values),
    uuid: values.uuid,
    created_at: now(),
  }
  const result = await db.insertInto('cell_mappings').values(row).executeTakeFirstOrThrow()
  return db
    .selectFrom('cell_mappings')
    .selectAll()
    .where('id', '=', insertedId(result))
    .executeTakeFirstOrThrow()
}

export const updateCellMapping = async (
  db: ApiDb,
  uuid: string,
  values: Values,
): Promise<CellMappingRow | undefined> => {
  await db
    .updateTable('cell_mappings')
    .set({ ...apiValues('cell_mappings', values), updated_at: now() })
    .where('uuid', '=', uuid)
    .execute()
  const [row] = await selectCellMappings(db, { uuid })
  return row
}

/** @returns whether it was there */
export const deleteCellMapping = async (db: ApiDb, uuid: string): Promise<boolean> => {
  const result = await db.deleteFrom('cell_mappings').where('uuid', '=', uuid).executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** One cell, whether it takes instances or not. */
export const cellMappingByUuid = async (
  db: ApiDb,
  uuid: string,
): Promise<CellMappingRow | undefined> => (await selectCellMappings(db, { uuid }))[0]

export interface HostMappingFilter {
  readonly hosts?: readonly string[] | undefined
  readonly cellId?: number | undefined
}

export const selectHostMappings = (
  db: ApiDb,
  filter: HostMappingFilter = {},
): Promise<HostMappingRow[]> => {
  const select = () => {
    const query = db.selectFrom('host_mappings').selectAll().orderBy('id')
    return filter.cellId === undefined ? query : query.where('cell_id', '=', filter.cellId)
  }
  return filter.hosts
    ? inChunks(filter.hosts, part => select().where('host', 'in', part).execute())
    : select().execute()
}

export const insertHostMapping = async (
  db: ApiDb,
  host: string,
  cellId: number,
): Promise<HostMappingRow> => {
  const result = await db
    .insertInto('host_mappings')
    .values({ host, cell_id: cellId, created_at: now() })
    .executeTakeFirstOrThrow()
  return db
    .selectFrom('host_mappings')
    .selectAll()
    .where('id', '=', insertedId(result))
    .executeTakeFirstOrThrow()
}

export const updateHostMapping = async (
  db: ApiDb,
  id: number,
  cellId: number,
): Promise<HostMappingRow | undefined> => {
  await db
    .updateTable('host_mappings')
    .set({ cell_id: cellId, updated_at: now() })
    .where('id', '=', id)
    .execute()
  return db.selectFrom('host_mappings').selectAll().where('id', '=', id).executeTakeFirst()
}

export const deleteHostMapping = async (db: ApiDb, host: string): Promise<boolean> => {
  const result = await db.deleteFrom('host_mappings').where('host', '=', host).executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Where a host is; undefined: in no cell. */
export const hostMappingByHost = async (
  db: ApiDb,
  host: string,
): Promise<HostMappingRow | undefined> => (await selectHostMappings(db, { hosts: [host] }))[0]

/** With a cell go its hosts. */
export const deleteHostMappingsOfCell = async (db: ApiDb, cellId: number): Promise<void> => {
  await db.deleteFrom('host_mappings').where('cell_id', '=', cellId).execute()
}

export interface InstanceMappingFilter {
  readonly uuids?: readonly string[] | undefined
  readonly cellId?: number | undefined
  readonly projectId?: string | undefined
  /** On its way out, or not; rows older than the column say nothing, which is no. */
  readonly queuedForDelete?: boolean | undefined
  readonly limit?: number | undefined
}

const mappingsByFilter = prepared(
  (
    db: ApiDb,
    filter: Omit<InstanceMappingFilter, 'queuedForDelete'>,
    queued: 'queued' | 'not queued' | 'all',
  ) => {
    let query = db.selectFrom('instance_mappings').selectAll().orderBy('id')
    if (filter.cellId !== undefined) query = query.where('cell_id', '=', filter.cellId)
    if (filter.projectId !== undefined) query = query.where('project_id', '=', filter.projectId)
    if (queued === 'queued') query = query.where('queued_for_delete', '=', 1)
    if (queued === 'not queued') {
      query = query.where(eb =>
        eb.or([eb('queued_for_delete', '=', 0), eb('queued_for_delete', 'is', null)]),
      )
    }
    if (filter.limit !== undefined) query = query.limit(filter.limit)
    return filter.uuids === undefined ? query : query.where('instance_uuid', 'in', filter.uuids)
  },
)

export const selectInstanceMappings = (
  db: ApiDb,
  { queuedForDelete, uuids, ...filter }: InstanceMappingFilter,
): Promise<InstanceMappingRow[]> => {
  const queued = queuedForDelete === undefined ? 'all' : queuedForDelete ? 'queued' : 'not queued'
  return uuids
    ? inChunks(uuids, part => mappingsByFilter(db, { ...filter, uuids: part }, queued))
    : mappingsByFilter(db, filter, queued)
}

const mappingAndCell = prepared((db: ApiDb, { uuid }: { readonly uuid: string }) =>
  db
    .selectFrom('instance_mappings as mapping')
    .leftJoin('cell_mappings as cell', 'cell.id', 'mapping.cell_id')
    .selectAll('mapping')
    .select([
      'cell.uuid as cell_uuid',
      'cell.name as cell_name',
      'cell.transport_url as cell_transport_url',
      'cell.database_connection as cell_database_connection',
      'cell.disabled as cell_disabled',
      'cell.created_at as cell_created_at',
      'cell.updated_at as cell_updated_at',
    ])
    .where('mapping.instance_uuid', '=', uuid),
)

/** Where an instance is, in one query; no cell: it is in none yet. */
export const instanceMappingWithCell = async (
  db: ApiDb,
  instanceUuid: string,
): Promise<
  { readonly mapping: InstanceMappingRow; readonly cell: CellMappingRow | null } | undefined
> => {
  const [row] = await mappingAndCell(db, { uuid: instanceUuid })
  if (!row) return undefined
  const {
    cell_uuid,
    cell_name,
    cell_transport_url,
    cell_database_connection,
    cell_disabled,
    cell_created_at,
    cell_updated_at,
    ...mapping
  } = row
  if (mapping.cell_id === null || cell_uuid === null) return { mapping, cell: null }
  const cell = {
    id: mapping.cell_id,
    uuid: cell_uuid,
    name: cell_name,
    transport_url: cell_transport_url,
    database_connection: cell_database_connection,
    disabled: cell_disabled,
    created_at: cell_created_at,
    updated_at: cell_updated_at,
  }
  return { mapping, cell }
}

export const insertInstanceMapping = async (
  db: ApiDb,
  row: {
    readonly instance_uuid: string
    readonly cell_id: number | null
    readonly project_id: string
    readonly user_id: string | null
    readonly queued_for_delete: number
  },
): Promise<InstanceMappingRow> => {
  const result = await db
    .insertInto('instance_mappings')
    .values({ ...row, created_at: now() })
    .executeTakeFirstOrThrow()
  return db
    .selectFrom('instance_mappings')
    .selectAll()
    .where('id', '=', insertedId(result))
    .executeTakeFirstOrThrow()
}

export const updateInstanceMapping = async (
  db: ApiDb,
  instanceUuid: string,
  values: {
    readonly cell_id?: number | null
    readonly project_id?: string
    readonly user_id?: string | null
    readonly queued_for_delete?: number
  },
): Promise<InstanceMappingRow | undefined> => {
  await db
    .updateTable('instance_mappings')
    .set({ ...values, updated_at: now() })
    .where('instance_uuid', '=', instanceUuid)
    .execute()
  const [row] = await selectInstanceMappings(db, { uuids: [instanceUuid] })
  return row
}

export const deleteInstanceMapping = async (db: ApiDb, instanceUuid: string): Promise<boolean> => {
  const result = await db
    .deleteFrom('instance_mappings')
    .where('instance_uuid', '=', instanceUuid)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** @returns how many there were */
export const deleteInstanceMappings = async (
  db: ApiDb,
  uuids: readonly string[],
): Promise<number> => {
  const results = await inChunks(uuids, part =>
    db.deleteFrom('instance_mappings').where('instance_uuid', 'in', part).execute(),
  )
  return deletedRows(results)
}

/** With a cell go the mappings of what was in it. */
export const deleteInstanceMappingsOfCell = async (db: ApiDb, cellId: number): Promise<void> => {
  await db.deleteFrom('instance_mappings').where('cell_id', '=', cellId).execute()
}

/** Instances of a project (of a user in it) that are not on their way out. */
export const countInstanceMappings = async (
  db: ApiDb,
  projectId: string,
  userId: string | null,
): Promise<number> => {
  let query = db
    .selectFrom('instance_mappings')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('project_id', '=', projectId)
    .where(eb => eb.or([eb('queued_for_delete', '=', 0), eb('queued_for_delete', 'is', null)]))
  if (userId !== null) query = query.where('user_id', '=', userId)
  return Number((await query.executeTakeFirstOrThrow()).count)
}
