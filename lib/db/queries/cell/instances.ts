import { sql, type Updateable } from 'kysely'
import { prepared } from '../../prepared.js'
import type { CellSchema } from '../../schema/cell.js'
import {
  type CellDb,
  type CellRow,
  inChunks,
  insertedId,
  type NewCellRow,
  now,
  type ReadDeleted,
} from '../rows.js'

export type InstanceRow = CellRow<'instances'>
export type InstanceExtraRow = CellRow<'instance_extra'>

/** Texts of `instance_extra`, as they are stored. */
export type InstanceExtraValues = Pick<
  Updateable<CellSchema['instance_extra']>,
  | 'numa_topology'
  | 'pci_requests'
  | 'flavor'
  | 'vcpu_model'
  | 'migration_context'
  | 'keypairs'
  | 'device_metadata'
  | 'trusted_certs'
  | 'resources'
>

export interface NewInstance {
  readonly row: Updateable<CellSchema['instances']> & { readonly uuid: string }
  readonly extra: InstanceExtraValues
  readonly networkInfo: string | null
  readonly metadata: Readonly<Record<string, string>>
  readonly systemMetadata: Readonly<Record<string, string | null>>
}

/** An instance with the rows that every instance has. @returns its id */
export const insertInstance = async (db: CellDb, instance: NewInstance): Promise<number> => {
  const { uuid } = instance.row
  const created_at = now()
  const result = await db
    .insertInto('instances')
    .values({
      shutdown_terminate: 0,
      disable_terminate: 0,
      cleaned: 0,
      hidden: 0,
      locked: 0,
      ...instance.row,
      created_at,
      deleted: 0,
    })
    .executeTakeFirstOrThrow()
  await db
    .insertInto('instance_extra')
    .values({ ...instance.extra, instance_uuid: uuid, created_at, deleted: 0 })
    .execute()
  await db
    .insertInto('instance_info_caches')
    .values({ network_info: instance.networkInfo, instance_uuid: uuid, created_at, deleted: 0 })
    .execute()
  await insertMetadata(db, uuid, instance.metadata)
  await insertSystemMetadata(db, uuid, instance.systemMetadata)
  return insertedId(result)
}

const insertMetadata = async (
  db: CellDb,
  instance_uuid: string,
  values: Readonly<Record<string, string>>,
): Promise<void> => {
  const rows = Object.entries(values).map(
    ([key, value]): NewCellRow<'instance_metadata'> => ({
      instance_uuid,
      key,
      value,
      created_at: now(),
      deleted: 0,
    }),
  )
  if (rows.length > 0) await db.insertInto('instance_metadata').values(rows).execute()
}

const insertSystemMetadata = async (
  db: CellDb,
  instance_uuid: string,
  values: Readonly<Record<string, string | null>>,
): Promise<void> => {
  const rows = Object.entries(values).map(
    ([key, value]): NewCellRow<'instance_system_metadata'> => ({
      instance_uuid,
      key,
      value,
      created_at: now(),
      deleted: 0,
    }),
  )
  if (rows.length > 0) await db.insertInto('instance_system_metadata').values(rows).execute()
}

interface StoredItem {
  readonly id: number
  readonly key: string | null
  readonly value: string | null
}

/** What has to happen to the stored items so that they say what `wanted` says. */
const difference = (
  stored: readonly StoredItem[],
  wanted: Readonly<Record<string, string | null>>,
) => {
  const current = new Map(stored.map(item => [item.key ?? '', item]))
  const items = Object.entries(wanted)
  return {
    gone: stored.filter(item => !Object.hasOwn(wanted, item.key ?? '')).map(item => item.id),
    changed: items.flatMap(([key, value]) => {
      const item = current.get(key)
      return item && item.value !== value ? [{ id: item.id, value }] : []
    }),
    added: Object.fromEntries(items.filter(([key]) => !current.has(key))),
  }
}

/** Metadata is given whole: keys that are absent are soft-deleted, others updated or inserted. */
export const replaceInstanceMetadata = async (
  db: CellDb,
  uuid: string,
  wanted: Readonly<Record<string, string>>,
): Promise<void> => {
  const stored = await db
    .selectFrom('instance_metadata')
    .select(['id', 'key', 'value'])
    .where('instance_uuid', '=', uuid)
    .where('deleted', '=', 0)
    .execute()
  const { gone, changed } = difference(stored, wanted)
  const known = new Set(stored.map(item => item.key))
  await inChunks(gone, ids =>
    db
      .updateTable('instance_metadata')
      .set(eb => ({ deleted: eb.ref('id'), deleted_at: now(), updated_at: now() }))
      .where('id', 'in', ids)
      .execute(),
  )
  for (const { id, value } of changed) {
    await db
      .updateTable('instance_metadata')
      .set({ value, updated_at: now() })
      .where('id', '=', id)
      .execute()
  }
  await insertMetadata(
    db,
    uuid,
    Object.fromEntries(Object.entries(wanted).filter(([key]) => !known.has(key))),
  )
}

/** As {@link replaceInstanceMetadata}, of the metadata that nova keeps for itself. */
export const replaceInstanceSystemMetadata = async (
  db: CellDb,
  uuid: string,
  wanted: Readonly<Record<string, string | null>>,
): Promise<void> => {
  const stored = await db
    .selectFrom('instance_system_metadata')
    .select(['id', 'key', 'value'])
    .where('instance_uuid', '=', uuid)
    .where('deleted', '=', 0)
    .execute()
  const { gone, changed, added } = difference(stored, wanted)
  await inChunks(gone, ids =>
    db
      .updateTable('instance_system_metadata')
      .set(eb => ({ deleted: eb.ref('id'), deleted_at: now(), updated_at: now() }))
      .where('id', 'in', ids)
      .execute(),
  )
  for (const { id, value } of changed) {
    await db
      .updateTable('instance_system_metadata')
      .set({ value, updated_at: now() })
      .where('id', '=', id)
      .execute()
  }
  await insertSystemMetadata(db, uuid, added)
}

/** States that a save expects to find; null among them: no task. Absent: any. */
export interface ExpectedStates {
  readonly vm_state?: readonly (string | null)[] | undefined
  readonly task_state?: readonly (string | null)[] | undefined
}

/**
 * @param evenDeleted  a row that is deleted, too
 * @returns whether a live row of that uuid, in one of the states expected, was there
 */
export const updateInstance = async (
  db: CellDb,
  uuid: string,
  values: Updateable<CellSchema['instances']>,
  expected: ExpectedStates = {},
  evenDeleted = false,
): Promise<boolean> => {
  let query = db
    .updateTable('instances')
    .set({ ...values, updated_at: now() })
    .where('uuid', '=', uuid)
  if (!evenDeleted) query = query.where('deleted', '=', 0)
  for (const column of ['vm_state', 'task_state'] as const) {
    const states = expected[column]
    if (!states) continue
    const names = states.filter(state => state !== null)
    query = query.where(eb =>
      eb.or([
        ...(names.length > 0 ? [eb(column, 'in', names)] : []),
        ...(states.includes(null) ? [eb(column, 'is', null)] : []),
      ]),
    )
  }
  const result = await query.executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export const updateInstanceExtra = async (
  db: CellDb,
  uuid: string,
  values: InstanceExtraValues,
): Promise<void> => {
  await db
    .updateTable('instance_extra')
    .set({ ...values, updated_at: now() })
    .where('instance_uuid', '=', uuid)
    .where('deleted', '=', 0)
    .execute()
}

const selectInstance = prepared(
  (db: CellDb, { uuid }: { readonly uuid: string }, readDeleted: ReadDeleted) => {
    const query = db.selectFrom('instances').selectAll().where('uuid', '=', uuid)
    if (readDeleted === 'no') return query.where('deleted', '=', 0)
    return readDeleted === 'only' ? query.where('deleted', '!=', 0) : query
  },
)

export const instanceByUuid = async (
  db: CellDb,
  uuid: string,
  readDeleted: ReadDeleted,
): Promise<InstanceRow | undefined> => (await selectInstance(db, { uuid }, readDeleted))[0]

/** Whose an instance is, and when it came: enough to map it. */
export type InstanceOwner = Pick<
  InstanceRow,
  'id' | 'uuid' | 'created_at' | 'deleted' | 'project_id' | 'user_id'
>

/** Instances in the order in which they were made, deleted ones too, from one (not itself) on. */
export const instancesAfter = (
  db: CellDb,
  after: Pick<InstanceRow, 'id' | 'created_at'> | undefined,
  limit: number,
): Promise<InstanceOwner[]> => {
  let query = db
    .selectFrom('instances')
    .select(['id', 'uuid', 'created_at', 'deleted', 'project_id', 'user_id'])
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit)
  if (after) {
    const { id, created_at: at } = after
    // Both engines put what has no time first.
    query = query.where(eb =>
      at === null
        ? eb.or([eb('created_at', 'is not', null), eb('id', '>', id)])
        : eb.or([
            eb('created_at', '>', at),
            eb.and([eb('created_at', '=', at), eb('id', '>', id)]),
          ]),
    )
  }
  return query.execute()
}

export const instanceById = (
  db: CellDb,
  id: number,
  readDeleted: ReadDeleted,
): Promise<InstanceRow | undefined> => {
  let query = db.selectFrom('instances').selectAll().where('id', '=', id)
  if (readDeleted === 'no') query = query.where('deleted', '=', 0)
  if (readDeleted === 'only') query = query.where('deleted', '!=', 0)
  return query.executeTakeFirst()
}

export interface UsageWindow {
  readonly begin: Date
  /** Absent: until now. */
  readonly end?: Date | undefined
  readonly projectId?: string | undefined
  readonly host?: string | undefined
  readonly limit?: number | undefined
  /** Only what comes after this instance. */
  readonly after?: { readonly projectId: string; readonly uuid: string } | undefined
}

/** Instances that ran at some time in the window, deleted ones too, by project and uuid. */
export const instancesActiveIn = (db: CellDb, window: UsageWindow): Promise<InstanceRow[]> => {
  const { begin, end, projectId, host, limit, after } = window
  let query = db
    .selectFrom('instances')
    .selectAll()
    .where(eb => eb.or([eb('terminated_at', 'is', null), eb('terminated_at', '>', begin)]))
  if (end) query = query.where('launched_at', '<', end)
  if (host !== undefined) query = query.where('host', '=', host)
  if (projectId !== undefined) query = query.where('project_id', '=', projectId)
  if (after) {
    query = query.where(eb =>
      eb.or([
        eb('project_id', '>', after.projectId),
        eb.and([eb('project_id', '=', after.projectId), eb('uuid', '>', after.uuid)]),
      ]),
    )
  }
  query = query.orderBy('project_id').orderBy('uuid')
  if (limit !== undefined) query = query.limit(limit)
  return query.execute()
}

/** Live instances of a host, and of one of its nodes when it is given. */
export const instancesByHost = (
  db: CellDb,
  host: string,
  node?: string | undefined,
): Promise<InstanceRow[]> => {
  let query = db
    .selectFrom('instances')
    .selectAll()
    .where('host', '=', host)
    .where('deleted', '=', 0)
  if (node !== undefined) query = query.where('node', '=', node)
  return query.execute()
}

export const instanceUuidsByHosts = (
  db: CellDb,
  hosts: readonly string[],
  node?: string | undefined,
): Promise<string[]> =>
  inChunks(hosts, async part => {
    let query = db
      .selectFrom('instances')
      .select('uuid')
      .where('host', 'in', part)
      .where('deleted', '=', 0)
    if (node !== undefined) query = query.where('node', '=', node)
    return (await query.execute()).map(row => row.uuid)
  })

/** Live instances among these that have a host. */
export const hostsOfInstances = (
  db: CellDb,
  uuids: readonly string[],
): Promise<{ readonly uuid: string; readonly host: string }[]> =>
  inChunks(uuids, async part => {
    const rows = await db
      .selectFrom('instances')
      .select(['uuid', 'host'])
      .where('uuid', 'in', part)
      .where('deleted', '=', 0)
      .execute()
    return rows.flatMap(({ uuid, host }) => (host === null ? [] : [{ uuid, host }]))
  })

/** Owners of the live instances among these. */
export const instanceUserIds = (db: CellDb, uuids: readonly string[]): Promise<(string | null)[]> =>
  inChunks(uuids, async part => {
    const rows = await db
      .selectFrom('instances')
      .select('user_id')
      .where('uuid', 'in', part)
      .where('deleted', '=', 0)
      .execute()
    return rows.map(row => row.user_id)
  })

export interface InstanceCounts {
  readonly instances: number
  readonly cores: number
  readonly ram: number
}

/** Use of a project, or of a user in it: neither deleted nor soft-deleted instances count. */
export const countInstances = async (
  db: CellDb,
  projectId: string,
  userId: string | null,
): Promise<InstanceCounts> => {
  let query = db
    .selectFrom('instances')
    .select(eb => [
      eb.fn.countAll<number>().as('instances'),
      eb.fn.coalesce(eb.fn.sum<number>('vcpus'), sql<number>`0`).as('cores'),
      eb.fn.coalesce(eb.fn.sum<number>('memory_mb'), sql<number>`0`).as('ram'),
    ])
    .where('deleted', '=', 0)
    .where(eb => eb.or([eb('vm_state', '!=', 'soft-delete'), eb('vm_state', 'is', null)]))
    .where(eb => eb.or([eb('hidden', '=', 0), eb('hidden', 'is', null)]))
    .where('project_id', '=', projectId)
  if (userId !== null) query = query.where('user_id', '=', userId)
  const row = await query.executeTakeFirstOrThrow()
  // MySQL sums into a decimal, which arrives as text.
  return { instances: Number(row.instances), cores: Number(row.cores), ram: Number(row.ram) }
}

/**
 * Soft-deletes an instance and what belongs to it; tags and console tokens really go, actions stay.
 *
 * @param onlyWithoutHost  leaves it alone when it has a host
 * @returns whether a live row was there (without a host, if so asked)
 */
export const destroyInstance = async (
  db: CellDb,
  uuid: string,
  onlyWithoutHost: boolean,
): Promise<boolean> => {
  let query = db
    .updateTable('instances')
    .set(eb => ({ deleted: eb.ref('id'), deleted_at: now() }))
    .where('uuid', '=', uuid)
    .where('deleted', '=', 0)
  if (onlyWithoutHost) query = query.where('host', 'is', null)
  if ((await query.executeTakeFirst()).numUpdatedRows === 0n) return false
  for (const table of instanceChildren) {
    await db
      .updateTable(table)
      .set(eb => ({ deleted: eb.ref('id'), deleted_at: now() }))
      .where('instance_uuid', '=', uuid)
      .where('deleted', '=', 0)
      .execute()
  }
  await db
    .updateTable('instance_id_mappings')
    .set(eb => ({ deleted: eb.ref('id'), deleted_at: now() }))
    .where('uuid', '=', uuid)
    .where('deleted', '=', 0)
    .execute()
  await deleteUnkept(db, uuid)
  return true
}

/** Tables of an instance that know soft delete. */
const instanceChildren = [
  'security_group_instance_association',
  'instance_info_caches',
  'instance_metadata',
  'instance_faults',
  'instance_extra',
  'instance_system_metadata',
  'block_device_mapping',
  'migrations',
  'virtual_interfaces',
] as const

const deleteUnkept = async (db: CellDb, uuid: string): Promise<void> => {
  await db.deleteFrom('tags').where('resource_id', '=', uuid).execute()
  await db.deleteFrom('console_auth_tokens').where('instance_uuid', '=', uuid).execute()
}

/** Really deletes an instance and all its rows, actions too (a move between cells). */
export const purgeInstance = async (
  db: CellDb,
  uuid: string,
  onlyWithoutHost: boolean,
): Promise<boolean> => {
  const found = await db
    .selectFrom('instances')
    .select('host')
    .where('uuid', '=', uuid)
    .executeTakeFirst()
  if (!found || (onlyWithoutHost && found.host !== null)) return false
  await deleteUnkept(db, uuid)
  await db
    .deleteFrom('instance_actions_events')
    .where(
      'action_id',
      'in',
      db.selectFrom('instance_actions').select('id').where('instance_uuid', '=', uuid),
    )
    .execute()
  for (const table of [...instanceChildren, 'instance_actions'] as const) {
    await db.deleteFrom(table).where('instance_uuid', '=', uuid).execute()
  }
  await db.deleteFrom('instance_id_mappings').where('uuid', '=', uuid).execute()
  await db.deleteFrom('instances').where('uuid', '=', uuid).execute()
  return true
}
