import { prepared } from '../../prepared.js'
import { type CellDb, type CellRow, inChunks, now } from '../rows.js'

// What hangs on instances, one query a table for any number of them. The rows of a deleted instance
// are deleted with it; `withDeleted` reads them too.

interface Uuids {
  readonly uuids: readonly string[]
}

const selectMetadata = prepared((db: CellDb, { uuids }: Uuids, withDeleted: boolean) => {
  const query = db
    .selectFrom('instance_metadata')
    .select(['instance_uuid', 'key', 'value'])
    .where('instance_uuid', 'in', uuids)
    .orderBy('id')
  return withDeleted ? query : query.where('deleted', '=', 0)
})

export const metadataOf = (
  db: CellDb,
  uuids: readonly string[],
  withDeleted: boolean,
): Promise<Pick<CellRow<'instance_metadata'>, 'instance_uuid' | 'key' | 'value'>[]> =>
  inChunks(uuids, part => selectMetadata(db, { uuids: part }, withDeleted))

export const systemMetadataOf = (
  db: CellDb,
  uuids: readonly string[],
  withDeleted: boolean,
): Promise<Pick<CellRow<'instance_system_metadata'>, 'instance_uuid' | 'key' | 'value'>[]> =>
  inChunks(uuids, part => {
    const query = db
      .selectFrom('instance_system_metadata')
      .select(['instance_uuid', 'key', 'value'])
      .where('instance_uuid', 'in', part)
      .orderBy('id')
    return (withDeleted ? query : query.where('deleted', '=', 0)).execute()
  })

/** One key of the system metadata: there are a dozen others to each instance. */
export const systemMetadataValues = (
  db: CellDb,
  uuids: readonly string[],
  key: string,
  withDeleted: boolean,
): Promise<Pick<CellRow<'instance_system_metadata'>, 'instance_uuid' | 'value'>[]> =>
  inChunks(uuids, part => {
    const query = db
      .selectFrom('instance_system_metadata')
      .select(['instance_uuid', 'value'])
      .where('instance_uuid', 'in', part)
      .where('key', '=', key)
      .orderBy('id')
    return (withDeleted ? query : query.where('deleted', '=', 0)).execute()
  })

const selectInfoCaches = prepared((db: CellDb, { uuids }: Uuids) =>
  db.selectFrom('instance_info_caches').selectAll().where('instance_uuid', 'in', uuids),
)

export const infoCachesOf = (
  db: CellDb,
  uuids: readonly string[],
): Promise<CellRow<'instance_info_caches'>[]> =>
  inChunks(uuids, part => selectInfoCaches(db, { uuids: part }))

const selectExtras = prepared(
  (db: CellDb, { uuids }: Uuids, columns: readonly (keyof CellRow<'instance_extra'>)[]) =>
    db
      .selectFrom('instance_extra')
      .select(['instance_uuid', ...columns])
      .where('instance_uuid', 'in', uuids),
)

/** @param columns  those to read: each may hold some kilobytes of JSON */
export const extrasOf = (
  db: CellDb,
  uuids: readonly string[],
  columns: readonly (keyof CellRow<'instance_extra'>)[],
): Promise<Partial<CellRow<'instance_extra'>>[]> =>
  inChunks(uuids, part => selectExtras(db, { uuids: part }, columns))

const selectTags = prepared((db: CellDb, { uuids }: Uuids) =>
  db.selectFrom('tags').selectAll().where('resource_id', 'in', uuids).orderBy('tag'),
)

export const tagsOf = (db: CellDb, uuids: readonly string[]): Promise<CellRow<'tags'>[]> =>
  inChunks(uuids, part => selectTags(db, { uuids: part }))

export const pciDevicesOf = (
  db: CellDb,
  uuids: readonly string[],
): Promise<CellRow<'pci_devices'>[]> =>
  inChunks(uuids, part =>
    db
      .selectFrom('pci_devices')
      .selectAll()
      .where('instance_uuid', 'in', part)
      .where('deleted', '=', 0)
      .execute(),
  )

export const securityGroupsOf = (
  db: CellDb,
  uuids: readonly string[],
): Promise<(CellRow<'security_groups'> & { readonly instance_uuid: string | null })[]> =>
  inChunks(uuids, part =>
    db
      .selectFrom('security_group_instance_association as link')
      .innerJoin('security_groups as group', 'group.id', 'link.security_group_id')
      .selectAll('group')
      .select('link.instance_uuid as instance_uuid')
      .where('link.instance_uuid', 'in', part)
      .where('link.deleted', '=', 0)
      .where('group.deleted', '=', 0)
      .execute(),
  )

const selectLatestFaults = prepared((db: CellDb, { uuids }: Uuids) =>
  db
    .selectFrom('instance_faults')
    .selectAll()
    .where('id', 'in', eb =>
      eb
        .selectFrom('instance_faults')
        .select(inner => inner.fn.max<number>('id').as('id'))
        .where('instance_uuid', 'in', uuids)
        .groupBy('instance_uuid'),
    ),
)

/** The newest fault of each instance. */
export const latestFaultsOf = (
  db: CellDb,
  uuids: readonly string[],
): Promise<CellRow<'instance_faults'>[]> =>
  inChunks(uuids, part => selectLatestFaults(db, { uuids: part }))

/** All faults of each instance, newest first. */
export const faultsOf = (
  db: CellDb,
  uuids: readonly string[],
): Promise<CellRow<'instance_faults'>[]> =>
  inChunks(uuids, part =>
    db
      .selectFrom('instance_faults')
      .selectAll()
      .where('instance_uuid', 'in', part)
      .where('deleted', '=', 0)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .execute(),
  )

/** @returns the row, or nothing when the instance has no live cache */
export const saveInfoCache = async (
  db: CellDb,
  instanceUuid: string,
  networkInfo: string | null,
): Promise<CellRow<'instance_info_caches'> | undefined> => {
  await db
    .updateTable('instance_info_caches')
    .set({ network_info: networkInfo, updated_at: now() })
    .where('instance_uuid', '=', instanceUuid)
    .where('deleted', '=', 0)
    .execute()
  return db
    .selectFrom('instance_info_caches')
    .selectAll()
    .where('instance_uuid', '=', instanceUuid)
    .where('deleted', '=', 0)
    .executeTakeFirst()
}

export const softDeleteInfoCache = async (db: CellDb, instanceUuid: string): Promise<void> => {
  await db
    .updateTable('instance_info_caches')
    .set(eb => ({ deleted: eb.ref('id'), deleted_at: now() }))
    .where('instance_uuid', '=', instanceUuid)
    .where('deleted', '=', 0)
    .execute()
}
