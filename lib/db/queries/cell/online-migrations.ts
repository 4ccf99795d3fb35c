import { randomUUID } from 'node:crypto'
import { type CellDb, inChunks, now } from '../rows.js'

/*
 * Rows of a cell that an older nova wrote, changed as a newer one wants them. Each takes at most `limit`
 * rows, and is done once it finds none. Run it in a transaction.
 */

const withUuids = ['block_device_mapping', 'migrations', 'pci_devices'] as const

/** Gives rows a uuid that were made before their table had one. @returns how many */
export const fillUuids = async (
  db: CellDb,
  table: (typeof withUuids)[number],
  limit: number,
): Promise<number> => {
  // The three have the columns that are used here in common; kysely does not take a union of tables.
  const name = table as 'migrations'
  const rows = await db
    .selectFrom(name)
    .select('id')
    .where('uuid', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute()
  for (const { id } of rows) {
    await db
      .updateTable(name)
      .set({ uuid: randomUUID() })
      .where('id', '=', id)
      .where('uuid', 'is', null)
      .execute()
  }
  return rows.length
}

/** Gives servers on a host, deleted ones too, the zone that they did not ask for. @returns how many */
export const fillZones = async (
  db: CellDb,
  zoneOf: (host: string) => string,
  limit: number,
): Promise<number> => {
  const rows = await db
    .selectFrom('instances')
    .select(['id', 'host'])
    .where('host', 'is not', null)
    .where('availability_zone', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute()
  for (const { id, host } of rows) {
    await db
      .updateTable('instances')
      .set({ availability_zone: zoneOf(host ?? ''), updated_at: now() })
      .where('id', '=', id)
      .execute()
  }
  return rows.length
}

/** Allocation ratios of a compute node, as its columns have them. */
export interface Ratios {
  readonly cpu_allocation_ratio: number
  readonly ram_allocation_ratio: number
  readonly disk_allocation_ratio: number
}

/** Sets the ratios of compute nodes that are 0 or unset. @returns how many nodes had such */
export const fillRatios = async (db: CellDb, ratios: Ratios, limit: number): Promise<number> => {
  const names = Object.keys(ratios) as (keyof Ratios)[]
  const rows = await db
    .selectFrom('compute_nodes')
    .select(['id', ...names])
    .where('deleted', '=', 0)
    .where(eb => eb.or(names.flatMap(name => [eb(name, 'is', null), eb(name, '=', 0)])))
    .orderBy('id')
    .limit(limit)
    .execute()
  for (const row of rows) {
    const wanted = names.filter(name => !row[name]).map(name => [name, ratios[name]] as const)
    await db
      .updateTable('compute_nodes')
      .set({ ...Object.fromEntries(wanted), updated_at: now() })
      .where('id', '=', row.id)
      .execute()
  }
  return rows.length
}

/** Tells servers the id of the compute node that they are on; today's nova finds them by it. @returns how many */
export const fillComputeIds = async (db: CellDb, limit: number): Promise<number> => {
  const rows = await db
    .selectFrom('instances as i')
    .innerJoin('compute_nodes as n', join =>
      join
        .onRef('n.host', '=', 'i.host')
        .onRef('n.hypervisor_hostname', '=', 'i.node')
        .on('n.deleted', '=', 0),
    )
    .select(['i.id', 'n.id as computeId'])
    .where('i.deleted', '=', 0)
    .where('i.compute_id', 'is', null)
    .orderBy('i.id')
    .limit(limit)
    .execute()
  for (const { id, computeId } of rows) {
    await db.updateTable('instances').set({ compute_id: computeId }).where('id', '=', id).execute()
  }
  return rows.length
}

/** What a mapping has to know of a server. */
export interface MappedServer {
  readonly uuid: string
  readonly user_id: string | null
  /** it is deleted, or waits to be for good */
  readonly isDeleted: boolean
}

export const mappedServers = async (
  db: CellDb,
  uuids: readonly string[],
): Promise<readonly MappedServer[]> => {
  const rows = await inChunks(uuids, part =>
    db
      .selectFrom('instances')
      .select(['uuid', 'user_id', 'deleted', 'vm_state'])
      .where('uuid', 'in', part)
      .execute(),
  )
  return rows.map(({ uuid, user_id, deleted, vm_state }) => ({
    uuid,
    user_id,
    isDeleted: Boolean(deleted) || vm_state === 'soft-delete',
  }))
}

/** A limit that was kept in a cell's database before Newton. */
export interface OldLimit {
  readonly id: number
  /** the project, or the class */
  readonly owner: string
  /** absent: of the project as a whole, or of a class */
  readonly user?: string
  readonly resource: string
  readonly limit: number
}

const limitTables = ['quotas', 'project_user_quotas', 'quota_classes'] as const
export type LimitTable = (typeof limitTables)[number]

export const oldLimits = async (
  db: CellDb,
  table: LimitTable,
  count: number,
): Promise<readonly OldLimit[]> => {
  const owner = table === 'quota_classes' ? 'class_name' : 'project_id'
  // As above: what is asked for is what the tables share.
  const name = table as 'project_user_quotas'
  const rows = await db
    .selectFrom(name)
    .select(['id', 'resource', 'hard_limit as limit', `${owner as 'project_id'} as owner`])
    .$if(table === 'project_user_quotas', query => query.select('user_id as user'))
    .where('deleted', '=', 0)
    .where('hard_limit', 'is not', null)
    .orderBy('id')
    .limit(count)
    .execute()
  return rows.map(row => ({ ...row, owner: row.owner ?? '', limit: row.limit ?? 0 }))
}

/** Forgets limits here once the API database has them. */
export const retireLimits = async (
  db: CellDb,
  table: LimitTable,
  ids: readonly number[],
): Promise<void> => {
  const name = table as 'quotas'
  for (const id of ids) {
    await db
      .updateTable(name)
      .set({ deleted: id, deleted_at: now() })
      .where('id', '=', id)
      .where('deleted', '=', 0)
      .execute()
  }
}
