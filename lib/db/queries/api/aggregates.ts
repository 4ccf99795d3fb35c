import { type ApiDb, type ApiRow, inChunks, insertedId, now } from '../rows.js'

export type AggregateRow = ApiRow<'aggregates'>

export interface AggregateFilter {
  readonly id?: number | undefined
  readonly uuid?: string | undefined
  /** Only those that have this host. */
  readonly host?: string | undefined
  /** Only those with this metadata key, and this value when it is given. */
  readonly key?: string | undefined
  readonly value?: string | undefined
}

export const selectAggregates = (db: ApiDb, filter: AggregateFilter): Promise<AggregateRow[]> => {
  let query = db.selectFrom('aggregates').selectAll().orderBy('id')
  if (filter.id !== undefined) query = query.where('id', '=', filter.id)
  if (filter.uuid !== undefined) query = query.where('uuid', '=', filter.uuid)
  const { host, key, value } = filter
  if (host !== undefined) {
    query = query.where('id', 'in', eb =>
      eb.selectFrom('aggregate_hosts').select('aggregate_id').where('host', '=', host),
    )
  }
  if (key !== undefined || value !== undefined) {
    query = query.where('id', 'in', eb => {
      let inner = eb.selectFrom('aggregate_metadata').select('aggregate_id')
      if (key !== undefined) inner = inner.where('key', '=', key)
      if (value !== undefined) inner = inner.where('value', '=', value)
      return inner
    })
  }
  return query.execute()
}

export const hostsOfAggregates = (
  db: ApiDb,
  ids: readonly number[],
): Promise<ApiRow<'aggregate_hosts'>[]> =>
  inChunks(ids, part =>
    db
      .selectFrom('aggregate_hosts')
      .selectAll()
      .where('aggregate_id', 'in', part)
      .orderBy('id')
      .execute(),
  )

export const metadataOfAggregates = (
  db: ApiDb,
  ids: readonly number[],
): Promise<ApiRow<'aggregate_metadata'>[]> =>
  inChunks(ids, part =>
    db
      .selectFrom('aggregate_metadata')
      .selectAll()
      .where('aggregate_id', 'in', part)
      .orderBy('id')
      .execute(),
  )

/** Host → its availability zone, for hosts in an aggregate that names one. */
export const zonesOfHosts = async (
  db: ApiDb,
  hosts?: readonly string[],
): Promise<Map<string, string>> => {
  const select = () =>
    db
      .selectFrom('aggregate_hosts as link')
      .innerJoin('aggregate_metadata as item', 'item.aggregate_id', 'link.aggregate_id')
      .select(['link.host as host', 'item.value as zone'])
      .where('item.key', '=', 'availability_zone')
      .orderBy('link.id')
  const rows = hosts
    ? await inChunks(hosts, part => select().where('link.host', 'in', part).execute())
    : await select().execute()
  return new Map(rows.map(row => [row.host ?? '', row.zone]))
}

export const insertAggregate = async (
  db: ApiDb,
  row: { readonly uuid: string; readonly name: string },
  metadata: Readonly<Record<string, string>>,
): Promise<AggregateRow> => {
  const result = await db
    .insertInto('aggregates')
    .values({ ...row, created_at: now() })
    .executeTakeFirstOrThrow()
  const id = insertedId(result)
  await mergeAggregateMetadata(db, id, metadata)
  return db.selectFrom('aggregates').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

export const updateAggregate = async (
  db: ApiDb,
  id: number,
  values: { readonly name?: string },
): Promise<AggregateRow | undefined> => {
  await db
    .updateTable('aggregates')
    .set({ ...values, updated_at: now() })
    .where('id', '=', id)
    .execute()
  return db.selectFrom('aggregates').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Sets keys; null removes one. */
export const mergeAggregateMetadata = async (
  db: ApiDb,
  id: number,
  updates: Readonly<Record<string, string | null>>,
): Promise<void> => {
  const stored = new Map((await metadataOfAggregates(db, [id])).map(row => [row.key, row]))
  for (const [key, value] of Object.entries(updates)) {
    const row = stored.get(key)
    if (value === null) {
      if (row) await db.deleteFrom('aggregate_metadata').where('id', '=', row.id).execute()
    } else if (!row) {
      await db
        .insertInto('aggregate_metadata')
        .values({ aggregate_id: id, key, value, created_at: now() })
        .execute()
    } else if (row.value !== value) {
      await db
        .updateTable('aggregate_metadata')
        .set({ value, updated_at: now() })
        .where('id', '=', row.id)
        .execute()
    }
  }
}

export const insertAggregateHost = async (db: ApiDb, id: number, host: string): Promise<void> => {
  await db
    .insertInto('aggregate_hosts')
    .values({ aggregate_id: id, host, created_at: now() })
    .execute()
}

/** @returns whether it was there */
export const deleteAggregateHost = async (
  db: ApiDb,
  id: number,
  host: string,
): Promise<boolean> => {
  const result = await db
    .deleteFrom('aggregate_hosts')
    .where('aggregate_id', '=', id)
    .where('host', '=', host)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** @returns whether it was there */
export const deleteAggregate = async (db: ApiDb, id: number): Promise<boolean> => {
  await db.deleteFrom('aggregate_metadata').where('aggregate_id', '=', id).execute()
  await db.deleteFrom('aggregate_hosts').where('aggregate_id', '=', id).execute()
  const result = await db.deleteFrom('aggregates').where('id', '=', id).executeTakeFirst()
  return result.numDeletedRows > 0n
}
