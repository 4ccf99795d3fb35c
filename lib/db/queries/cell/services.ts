import { prepared } from '../../prepared.js'
import {
  type CellDb,
  type CellRow,
  cellValues,
  inChunks,
  insertedId,
  type NewCellRow,
  now,
  type Values,
} from '../rows.js'

export type ServiceRow = CellRow<'services'>

export interface ServiceFilter {
  readonly host?: string | undefined
  readonly binary?: string | undefined
  readonly topic?: string | undefined
  readonly disabled?: boolean | null | undefined
  readonly uuid?: string | undefined
  readonly id?: number | undefined
}

const byFilter = prepared(
  (db: CellDb, filter: Omit<ServiceFilter, 'disabled'> & { readonly disabled?: number }) => {
    let query = db.selectFrom('services').selectAll().where('deleted', '=', 0).orderBy('id')
    for (const column of ['host', 'binary', 'topic', 'uuid'] as const) {
      const value = filter[column]
      if (value !== undefined) query = query.where(column, '=', value)
    }
    if (filter.id !== undefined) query = query.where('id', '=', filter.id)
    if (filter.disabled !== undefined) query = query.where('disabled', '=', filter.disabled)
    return query
  },
)

/** Live services that fit all that is given, by id. */
export const selectServices = (
  db: CellDb,
  { disabled, ...filter }: ServiceFilter,
): Promise<ServiceRow[]> =>
  byFilter(db, typeof disabled === 'boolean' ? { ...filter, disabled: Number(disabled) } : filter)

const onHosts = prepared((db: CellDb, { hosts }: { readonly hosts: readonly string[] }) =>
  db
    .selectFrom('services')
    .selectAll()
    .where('host', 'in', hosts)
    .where('binary', '=', 'nova-compute')
    .where('deleted', '=', 0),
)

/** The nova-compute services of these hosts. */
export const computeServicesOfHosts = (
  db: CellDb,
  hosts: readonly string[],
): Promise<ServiceRow[]> => inChunks(hosts, part => onHosts(db, { hosts: part }))

/** @returns the new row's id */
export const insertService = async (
  db: CellDb,
  values: Values & { readonly uuid: string },
): Promise<number> => {
  const row: NewCellRow<'services'> = {
    report_count: 0,
    disabled: 0,
    forced_down: 0,
    version: 0,
    ...cellValues('services', values),
    created_at: now(),
    deleted: 0,
  }
  return insertedId(await db.insertInto('services').values(row).executeTakeFirstOrThrow())
}

/** A changed `report_count` is a sign of life: `last_seen_up` follows it. @returns the row, or nothing */
export const updateService = async (
  db: CellDb,
  id: number,
  values: Values,
): Promise<ServiceRow | undefined> => {
  const row = cellValues('services', values)
  await db
    .updateTable('services')
    .set({
      ...row,
      updated_at: now(),
      ...(row.report_count !== undefined && { last_seen_up: now() }),
    })
    .where('id', '=', id)
    .where('deleted', '=', 0)
    .execute()
  const [service] = await selectServices(db, { id })
  return service
}

/** Soft-deletes a service, and the nodes of a nova-compute. @returns whether it was there */
export const deleteService = async (db: CellDb, id: number): Promise<boolean> => {
  const [service] = await selectServices(db, { id })
  if (!service) return false
  await db
    .updateTable('services')
    .set({ deleted: id, deleted_at: now() })
    .where('id', '=', id)
    .execute()
  if (service.binary === 'nova-compute' && service.host !== null) {
    await db
      .updateTable('compute_nodes')
      .set(eb => ({ deleted: eb.ref('id'), deleted_at: now() }))
      .where('host', '=', service.host)
      .where('deleted', '=', 0)
      .execute()
  }
  return true
}

/** Lowest version of the live services of each binary that are not forced down; absent: there are none. */
export const minimumServiceVersions = async (
  db: CellDb,
  binaries: readonly string[],
): Promise<Map<string, number>> => {
  const rows = await db
    .selectFrom('services')
    .select(eb => ['binary', eb.fn.min<number>('version').as('version')])
    .where('binary', 'in', binaries)
    .where('deleted', '=', 0)
    .where('forced_down', '=', 0)
    .groupBy('binary')
    .execute()
  return new Map(rows.map(row => [row.binary ?? '', Number(row.version ?? 0)]))
}
