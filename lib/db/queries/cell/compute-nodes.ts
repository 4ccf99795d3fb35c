import type { Updateable } from 'kysely'
import { sql } from 'kysely'
import type { CellSchema } from '../../schema/cell.js'
import { type CellDb, type CellRow, inChunks, insertedId, type NewCellRow, now } from '../rows.js'

export type ComputeNodeRow = CellRow<'compute_nodes'>
export type ComputeNodeValues = Updateable<CellSchema['compute_nodes']>

export interface ComputeNodeFilter {
  readonly id?: number | undefined
  readonly uuid?: string | undefined
  readonly host?: string | undefined
  readonly hypervisorHostname?: string | undefined
  readonly serviceId?: number | undefined
  /** Only nodes whose `mapped` is below this. */
  readonly mappedLessThan?: number | undefined
  /** Part of the hypervisor's host name. */
  readonly hypervisorMatch?: string | undefined
  readonly limit?: number | null | undefined
  /** Only nodes of a higher id. */
  readonly afterId?: number | undefined
}

/** Live nodes that fit all that is given, by id. */
export const selectComputeNodes = (
  db: CellDb,
  filter: ComputeNodeFilter,
): Promise<ComputeNodeRow[]> => {
  let query = db.selectFrom('compute_nodes').selectAll().where('deleted', '=', 0).orderBy('id')
  if (filter.id !== undefined) query = query.where('id', '=', filter.id)
  if (filter.uuid !== undefined) query = query.where('uuid', '=', filter.uuid)
  if (filter.host !== undefined) query = query.where('host', '=', filter.host)
  if (filter.hypervisorHostname !== undefined) {
    query = query.where('hypervisor_hostname', '=', filter.hypervisorHostname)
  }
  if (filter.serviceId !== undefined) query = query.where('service_id', '=', filter.serviceId)
  if (filter.mappedLessThan !== undefined) {
    query = query.where('mapped', '<', filter.mappedLessThan)
  }
  if (filter.hypervisorMatch !== undefined) {
    const part = filter.hypervisorMatch
    query = query.where(sql<boolean>`instr(hypervisor_hostname, ${part}) > 0`)
  }
  if (filter.afterId !== undefined) query = query.where('id', '>', filter.afterId)
  if (typeof filter.limit === 'number') query = query.limit(filter.limit)
  return query.execute()
}

export const computeNodesByUuids = (
  db: CellDb,
  uuids: readonly string[],
): Promise<ComputeNodeRow[]> =>
  inChunks(uuids, part =>
    db
      .selectFrom('compute_nodes')
      .selectAll()
      .where('uuid', 'in', part)
      .where('deleted', '=', 0)
      .execute(),
  )

/** @returns the new row's id */
export const insertComputeNode = async (
  db: CellDb,
  values: ComputeNodeValues & { readonly uuid: string },
): Promise<number> => {
  const row: NewCellRow<'compute_nodes'> = {
    vcpus: 0,
    memory_mb: 0,
    local_gb: 0,
    vcpus_used: 0,
    memory_mb_used: 0,
    local_gb_used: 0,
    hypervisor_type: '',
    hypervisor_version: 0,
    cpu_info: '',
    stats: '{}',
    mapped: 0,
    ...values,
    created_at: now(),
    deleted: 0,
  }
  return insertedId(await db.insertInto('compute_nodes').values(row).executeTakeFirstOrThrow())
}

/** `updated_at` moves even when no value does: it tells that the node was looked at. */
export const updateComputeNode = async (
  db: CellDb,
  id: number,
  values: ComputeNodeValues,
): Promise<ComputeNodeRow | undefined> => {
  await db
    .updateTable('compute_nodes')
    .set({ ...values, updated_at: now() })
    .where('id', '=', id)
    .where('deleted', '=', 0)
    .execute()
  return db
    .selectFrom('compute_nodes')
    .selectAll()
    .where('id', '=', id)
    .where('deleted', '=', 0)
    .executeTakeFirst()
}

export const softDeleteComputeNode = async (db: CellDb, id: number): Promise<boolean> => {
  const result = await db
    .updateTable('compute_nodes')
    .set({ deleted: id, deleted_at: now() })
    .where('id', '=', id)
    .where('deleted', '=', 0)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}
