import { type ApiDb, type ApiRow, insertedId, now } from '../rows.js'

export type KeyPairRow = ApiRow<'key_pairs'>

export const insertKeyPair = async (
  db: ApiDb,
  row: {
    readonly name: string
    readonly user_id: string
    readonly fingerprint: string | null
    readonly public_key: string | null
    readonly type: 'ssh' | 'x509'
  },
): Promise<KeyPairRow> => {
  const result = await db
    .insertInto('key_pairs')
    .values({ ...row, created_at: now() })
    .executeTakeFirstOrThrow()
  return db
    .selectFrom('key_pairs')
    .selectAll()
    .where('id', '=', insertedId(result))
    .executeTakeFirstOrThrow()
}

export const keyPairByName = (
  db: ApiDb,
  userId: string,
  name: string,
): Promise<KeyPairRow | undefined> =>
  db
    .selectFrom('key_pairs')
    .selectAll()
    .where('user_id', '=', userId)
    .where('name', '=', name)
    .executeTakeFirst()

/** By name, after the name given. */
export const keyPairsOfUser = (
  db: ApiDb,
  userId: string,
  page: { readonly limit?: number | null | undefined; readonly afterName?: string | undefined },
): Promise<KeyPairRow[]> => {
  let query = db.selectFrom('key_pairs').selectAll().where('user_id', '=', userId).orderBy('name')
  if (page.afterName !== undefined) query = query.where('name', '>', page.afterName)
  if (typeof page.limit === 'number') query = query.limit(page.limit)
  return query.execute()
}

export const countKeyPairs = async (db: ApiDb, userId: string): Promise<number> => {
  const row = await db
    .selectFrom('key_pairs')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** @returns whether it was there */
export const deleteKeyPair = async (db: ApiDb, userId: string, name: string): Promise<boolean> => {
  const result = await db
    .deleteFrom('key_pairs')
    .where('user_id', '=', userId)
    .where('name', '=', name)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}
