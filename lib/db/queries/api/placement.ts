import type { Kysely, Transaction } from 'kysely'
import type { ApiSchema } from '../../schema/api.js'
import { inChunks } from '../rows.js'

// Placement's own tables. Whoever claims locks the provider's row first (`lockProvider`), so that of
// two claims on one host the second sees the first; on both engines, and across processes.

type Db = Kysely<ApiSchema>
type Trx = Transaction<ApiSchema>

/** Ids that Placement gives its standard classes; no table lists them. */
const classIds: Readonly<Record<string, number>> = {
  VCPU: 0,
  MEMORY_MB: 1,
  DISK_GB: 2,
  PCI_DEVICE: 3,
  SRIOV_NET_VF: 4,
  NUMA_SOCKET: 5,
  NUMA_CORE: 6,
  NUMA_THREAD: 7,
  NUMA_MEMORY_MB: 8,
  IPV4_ADDRESS: 9,
  VGPU: 10,
  VGPU_DISPLAY_HEAD: 11,
  PCPU: 18,
  MEM_ENCRYPTION_CONTEXT: 19,
}
const classNames: ReadonlyMap<number, string> = new Map(
  Object.entries(classIds).map(([name, id]) => [id, name]),
)

/** @returns undefined for a class that is not kept here: nothing has any of it */
export const resourceClassId = (name: string): number | undefined => classIds[name]

export interface ProviderRef {
  readonly id: number
  readonly uuid: string
  readonly generation: number
}

/**
 * Takes the provider for this transaction, and counts its generation up.
 *
 * @returns null when there is no such provider
 */
export const lockProvider = async (trx: Trx, uuid: string): Promise<ProviderRef | null> => {
  // An update locks on MariaDB and SQLite alike, and must come before anything is read.
  await trx
    .updateTable('resource_providers')
    .set(({ eb }) => ({ generation: eb('generation', '+', 1) }))
    .where('uuid', '=', uuid)
    .execute()
  const row = await trx
    .selectFrom('resource_providers')
    .select(['id', 'generation'])
    .where('uuid', '=', uuid)
    .executeTakeFirst()
  return row ? { id: row.id, uuid, generation: row.generation ?? 0 } : null
}

/** Counts up what tells others that these providers' rows have changed; locks them. */
export const bumpProviders = async (trx: Trx, ids: readonly number[]): Promise<void> => {
  if (ids.length === 0) return
  await trx
    .updateTable('resource_providers')
    .set(({ eb }) => ({ generation: eb('generation', '+', 1) }))
    .where('id', 'in', ids)
    .execute()
}

/** What changes with every claim on a provider, by its uuid. */
export const providerGenerations = async (db: Db): Promise<ReadonlyMap<string, number>> => {
  const rows = await db.selectFrom('resource_providers').select(['uuid', 'generation']).execute()
  return new Map(rows.map(({ uuid, generation }) => [uuid, generation ?? 0]))
}

export interface ProviderCapacity {
  readonly providerUuid: string
  readonly resourceClass: string
  readonly total: number
  readonly reserved: number
  readonly minUnit: number
  readonly maxUnit: number
  readonly stepSize: number
  readonly allocationRatio: number
  readonly used: number
}

/** What providers have and what is used of it: of these, or of all. One query. */
export const providerCapacities = async (
  db: Db | Trx,
  providerUuids?: readonly string[],
): Promise<ProviderCapacity[]> => {
  if (providerUuids?.length === 0) return []
  let query = db
    .selectFrom('inventories as i')
    .innerJoin('resource_providers as p', 'p.id', 'i.resource_provider_id')
    .leftJoin('allocations as a', join =>
      join
        .onRef('a.resource_provider_id', '=', 'i.resource_provider_id')
        .onRef('a.resource_class_id', '=', 'i.resource_class_id'),
    )
    .select(({ fn }) => [
      'p.uuid',
      'i.resource_class_id',
      'i.total',
      'i.reserved',
      'i.min_unit',
      'i.max_unit',
      'i.step_size',
      'i.allocation_ratio',
      fn.sum<number | string | null>('a.used').as('used'),
    ])
    .groupBy([
      'p.uuid',
      'i.resource_class_id',
      'i.total',
      'i.reserved',
      'i.min_unit',
      'i.max_unit',
      'i.step_size',
      'i.allocation_ratio',
    ])
  if (providerUuids) query = query.where('p.uuid', 'in', providerUuids)
  const rows = await query.execute()
  return rows.map(row => ({
    providerUuid: row.uuid,
    resourceClass: classNames.get(row.resource_class_id) ?? `class ${row.resource_class_id}`,
    total: row.total,
    reserved: row.reserved,
    minUnit: row.min_unit,
    maxUnit: row.max_unit,
    stepSize: row.step_size,
    allocationRatio: row.allocation_ratio,
    used: Number(row.used ?? 0),
  }))
}

export interface ConsumerRef {
  readonly id: number
  readonly generation: number
}

export const consumerByUuid = async (db: Db | Trx, uuid: string): Promise<ConsumerRef | null> =>
  (await db
    .selectFrom('consumers')
    .select(['id', 'generation'])
    .where('uuid', '=', uuid)
    .executeTakeFirst()) ?? null

export const insertConsumer = async (
  trx: Trx,
  consumer: { readonly uuid: string; readonly projectId: number; readonly userId: number },
): Promise<void> => {
  const now = new Date()
  await trx
    .insertInto('consumers')
    .values({
      uuid: consumer.uuid,
      project_id: consumer.projectId,
      user_id: consumer.userId,
      generation: 1,
      created_at: now,
      updated_at: now,
    })
    .execute()
}

export const bumpConsumer = async (trx: Trx, { id, generation }: ConsumerRef): Promise<boolean> => {
  const result = await trx
    .updateTable('consumers')
    .set({ generation: generation + 1, updated_at: new Date() })
    .where('id', '=', id)
    .where('generation', '=', generation)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export const insertAllocations = async (
  trx: Trx,
  providerId: number,
  consumerUuid: string,
  amounts: ReadonlyMap<number, number>,
): Promise<void> => {
  const now = new Date()
  await trx
    .insertInto('allocations')
    .values(
      [...amounts].map(([classId, used]) => ({
        resource_provider_id: providerId,
        consumer_id: consumerUuid,
        resource_class_id: classId,
        used,
        created_at: now,
        updated_at: now,
      })),
    )
    .execute()
}

/** @param providerId  only what is claimed there */
export const deleteAllocations = async (
  trx: Trx,
  consumerUuid: string,
  providerId?: number,
): Promise<number> => {
  let query = trx.deleteFrom('allocations').where('consumer_id', '=', consumerUuid)
  if (providerId !== undefined) query = query.where('resource_provider_id', '=', providerId)
  const result = await query.executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** Claims keep their host and amount, and change hands. */
export const handAllocations = async (
  trx: Trx,
  fromConsumer: string,
  toConsumer: string,
): Promise<void> => {
  await trx
    .updateTable('allocations')
    .set({ consumer_id: toConsumer, updated_at: new Date() })
    .where('consumer_id', '=', fromConsumer)
    .execute()
}

export const deleteConsumer = async (trx: Trx, consumerUuid: string): Promise<void> => {
  await trx.deleteFrom('consumers').where('uuid', '=', consumerUuid).execute()
}

export interface AllocationRow {
  readonly providerUuid: string
  readonly providerId: number
  readonly resourceClass: string
  readonly used: number
}

export const allocationsOf = async (
  db: Db | Trx,
  consumerUuid: string,
): Promise<AllocationRow[]> => {
  const rows = await db
    .selectFrom('allocations as a')
    .innerJoin('resource_providers as p', 'p.id', 'a.resource_provider_id')
    .select(['p.id', 'p.uuid', 'a.resource_class_id', 'a.used'])
    .where('a.consumer_id', '=', consumerUuid)
    .execute()
  return rows.map(row => ({
    providerId: row.id,
    providerUuid: row.uuid,
    resourceClass: classNames.get(row.resource_class_id) ?? `class ${row.resource_class_id}`,
    used: row.used,
  }))
}

/** A claim of a server that has no use for it, as far as the API database tells. */
export interface DoubtfulClaim {
  readonly consumerUuid: string
  /** Where its row is; null: in no cell. */
  readonly cellUuid: string | null
}

/**
 * Claims of servers that were deleted, or that have no host: no request for them waits any more, and
 * their mapping is to no cell or to cell0, or queued for deletion. What is no server of ours is nobody's
 * here to judge.
 *
 * @param before  claims made before that; null: all
 */
export const selectDoubtfulClaims = async (
  db: Db,
  cell0Uuid: string,
  before: Date | null,
  limit: number,
): Promise<readonly DoubtfulClaim[]> => {
  const claims = db
    .selectFrom('allocations as a')
    .innerJoin('instance_mappings as m', 'm.instance_uuid', 'a.consumer_id')
    .leftJoin('cell_mappings as c', 'c.id', 'm.cell_id')
    .leftJoin('build_requests as b', 'b.instance_uuid', 'a.consumer_id')
    .select(['a.consumer_id as consumerUuid', 'c.uuid as cellUuid'])
    .distinct()
    .where('b.id', 'is', null)
    .where(eb =>
      eb.or([
        eb('c.id', 'is', null),
        eb('c.uuid', '=', cell0Uuid),
        eb('m.queued_for_delete', '=', 1),
      ]),
    )
    .limit(limit)
  return (before ? claims.where('a.created_at', '<', before) : claims).execute()
}

/** Those of these consumers that claim something. */
export const claimantsAmong = async (
  db: Db,
  consumerUuids: readonly string[],
): Promise<readonly string[]> => {
  const rows = await inChunks(consumerUuids, part =>
    db
      .selectFrom('allocations')
      .select('consumer_id')
      .distinct()
      .where('consumer_id', 'in', part)
      .execute(),
  )
  return rows.map(row => row.consumer_id)
}

/** The number that Placement's tables use for a project or user; made when it is new. */
export const externalId = async (
  db: Db,
  table: 'projects' | 'users',
  external: string,
): Promise<number> => {
  const find = () =>
    db.selectFrom(table).select('id').where('external_id', '=', external).executeTakeFirst()
  const known = await find()
  if (known) return known.id
  const now = new Date()
  const insert = db
    .insertInto(table)
    .values({ external_id: external, created_at: now, updated_at: now })
  try {
    await insert.execute()
  } catch (error) {
    // Someone else was first; anything else shows in that the row is still not there.
    const made = await find()
    if (made) return made.id
    throw error
  }
  const made = await find()
  if (!made) throw new Error(`${table}: the row for ${external} was inserted and is not there`)
  return made.id
}

/** Makes the provider known, or renames it. */
export const ensureProvider = async (
  trx: Trx,
  provider: { readonly uuid: string; readonly name: string },
): Promise<ProviderRef> => {
  const known = await lockProvider(trx, provider.uuid)
  if (known) return known
  const now = new Date()
  await trx
    .insertInto('resource_providers')
    .values({
      uuid: provider.uuid,
      name: provider.name,
      generation: 1,
      created_at: now,
      updated_at: now,
    })
    .execute()
  const made = await lockProvider(trx, provider.uuid)
  if (!made) throw new Error(`resource provider ${provider.uuid} was inserted and is not there`)
  await trx
    .updateTable('resource_providers')
    .set({ root_provider_id: made.id })
    .where('id', '=', made.id)
    .execute()
  return made
}

export interface InventoryValues {
  readonly total: number
  readonly reserved: number
  readonly min_unit: number
  readonly max_unit: number
  readonly step_size: number
  readonly allocation_ratio: number
}

/** Replaces what a provider has. Below what is used of it is allowed: nothing more is claimed then. */
export const replaceInventory = async (
  trx: Trx,
  providerId: number,
  inventory: ReadonlyMap<number, InventoryValues>,
): Promise<void> => {
  const rows = await trx
    .selectFrom('inventories')
    .selectAll()
    .where('resource_provider_id', '=', providerId)
    .execute()
  const now = new Date()
  for (const row of rows) {
    if (inventory.has(row.resource_class_id)) continue
    await trx.deleteFrom('inventories').where('id', '=', row.id).execute()
  }
  for (const [classId, values] of inventory) {
    const row = rows.find(known => known.resource_class_id === classId)
    const kept = {
      total: values.total,
      reserved: values.reserved,
      min_unit: values.min_unit,
      max_unit: values.max_unit,
      step_size: values.step_size,
      allocation_ratio: values.allocation_ratio,
      updated_at: now,
    }
    if (row) {
      await trx.updateTable('inventories').set(kept).where('id', '=', row.id).execute()
    } else {
      await trx
        .insertInto('inventories')
        .values({
          ...kept,
          resource_provider_id: providerId,
          resource_class_id: classId,
          created_at: now,
        })
        .execute()
    }
  }
}

/** Forgets a provider and what is claimed of it. */
export const deleteProvider = async (trx: Trx, uuid: string): Promise<void> => {
  const provider = await lockProvider(trx, uuid)
  if (!provider) return
  const ofProvider = ['allocations', 'inventories'] as const
  for (const table of ofProvider) {
    await trx.deleteFrom(table).where('resource_provider_id', '=', provider.id).execute()
  }
  await trx
    .updateTable('resource_providers')
    .set({ root_provider_id: null, parent_provider_id: null })
    .where('id', '=', provider.id)
    .execute()
  await trx.deleteFrom('resource_providers').where('id', '=', provider.id).execute()
}
