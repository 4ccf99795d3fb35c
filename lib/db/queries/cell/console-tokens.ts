import { type CellDb, type CellRow, cellValues, insertedId, now, type Values } from '../rows.js'

export type ConsoleTokenRow = CellRow<'console_auth_tokens'>

export interface NewConsoleToken extends Values {
  /** sha256 of the token, hex */
  readonly token_hash: string
  /** Unix time, seconds. */
  readonly expires: number
}

export const insertConsoleToken = async (
  db: CellDb,
  values: NewConsoleToken,
): Promise<ConsoleTokenRow> => {
  const { token_hash, expires } = values
  const result = await db
    .insertInto('console_auth_tokens')
    .values({
      host: '',
      port: 0,
      console_type: '',
      instance_uuid: '',
      ...cellValues('console_auth_tokens', values),
      token_hash,
      expires,
      created_at: now(),
    })
    .executeTakeFirstOrThrow()
  return db
    .selectFrom('console_auth_tokens')
    .selectAll()
    .where('id', '=', insertedId(result))
    .executeTakeFirstOrThrow()
}

/** Only while it is valid. @param at  unix time, seconds */
export const validConsoleToken = (
  db: CellDb,
  tokenHash: string,
  at: number,
): Promise<ConsoleTokenRow | undefined> =>
  db
    .selectFrom('console_auth_tokens')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .where('expires', '>', at)
    .executeTakeFirst()

export const deleteConsoleTokens = async (
  db: CellDb,
  of: { readonly instanceUuid: string } | { readonly expiredAt: number; readonly host?: string },
): Promise<void> => {
  let query = db.deleteFrom('console_auth_tokens')
  if ('instanceUuid' in of) query = query.where('instance_uuid', '=', of.instanceUuid)
  else {
    query = query.where('expires', '<=', of.expiredAt)
    if (of.host !== undefined) query = query.where('host', '=', of.host)
  }
  await query.execute()
}
