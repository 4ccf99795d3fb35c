import { type Kysely, sql } from 'kysely'
import type { Database, Dialect } from '../database.js'
import { createSchema, upgradeSchema } from '../ddl.js'
import type { History, Revision } from './history.js'

/** The database cannot be brought to that revision. One sentence, for an operator. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

export interface Migrated {
  /** Null for a database that was empty. */
  readonly from: string | null
  readonly to: string
}

/** @returns the revision that the schema is at; null when it has none */
export const currentRevision = async <S>({
  kysely,
  dialect,
}: Database<S>): Promise<string | null> =>
  (await tableNames(kysely, dialect)).has('alembic_version') ? readRevision(kysely) : null

/**
 * Brings a database to a revision, by default the newest: an empty one is made as Zed has it, and
 * then led forward. Done again, it does nothing; interrupted, it goes on where it was.
 *
 * @throws MigrationError for a revision that is unknown, too old, or newer than the one asked for
 */
export const migrate = async <S>(
  db: Database<S>,
  history: History,
  version?: string,
): Promise<Migrated> => {
  const { revisions } = history
  const target = version === undefined ? revisions.length - 1 : indexOf(history, version)
  if (db.dialect === 'sqlite') {
    return db.kysely.transaction().execute(trx => run(trx, db, history, target))
  }
  return db.kysely.connection().execute(async connection => {
    // MySQL commits each statement of a schema by itself: only a lock keeps a second run out.
    const lock = `kilonova_${history.name}_sync`
    const got = await sql<{ got: number }>`
      select get_lock(concat(database(), '.', ${lock}), 60) as got`.execute(connection)
    if (got.rows[0]?.got !== 1) {
      throw new MigrationError(`Another process has been changing the schema of ${db.url} for 60 s`)
    }
    try {
      return await run(connection, db, history, target)
    } finally {
      await sql`select release_lock(concat(database(), '.', ${lock}))`.execute(connection)
    }
  })
}

const run = async <S>(
  kysely: Kysely<S>,
  { dialect, url }: Database<S>,
  history: History,
  target: number,
): Promise<Migrated> => {
  const { revisions, tables } = history
  const execute = async (statements: readonly string[]) => {
    for (const statement of statements) await executeOnce(kysely, statement)
  }

  const from = await readRevisionIfAny(kysely, dialect, history, url)
  let at = from === null ? 0 : indexOf(history, from)
  if (target < at) {
    throw new MigrationError(
      `The database ${url} is at ${from}, after ${revisions[target]?.id}; going back is not supported`,
    )
  }
  if (from === null) {
    await execute(createSchema(tables, dialect, new Set()))
    await writeRevision(kysely, revisions[0])
  }
  while (at < target) {
    at++
    const revision = revisions[at]
    if (!revision) break
    await execute(upgradeSchema(tables, dialect, revision.id))
    await execute((revision.drops ?? []).map(table => `DROP TABLE IF EXISTS ${table}`))
    await writeRevision(kysely, revision)
  }
  return { from, to: revisions[at]?.id ?? '' }
}

const indexOf = (history: History, revision: string): number => {
  const index = history.revisions.findIndex(({ id }) => id === revision)
  if (index >= 0) return index
  const problem = history.older.includes(revision)
    ? 'is older than Zed: bring the database to Zed with that release first'
    : `is not known; known are ${history.revisions.map(({ id }) => id).join(', ')}`
  throw new MigrationError(`Revision '${revision}' of the ${history.name} database ${problem}`)
}

const readRevisionIfAny = async <S>(
  kysely: Kysely<S>,
  dialect: Dialect,
  history: History,
  url: string,
): Promise<string | null> => {
  const names = await tableNames(kysely, dialect)
  // Made before any other table: without it, whatever is there is not of our making.
  if (names.has('alembic_version')) return readRevision(kysely)
  const known = [...names].find(name => name in history.tables || name === 'migrate_version')
  if (known === undefined) return null
  throw new MigrationError(
    `The database ${url} has a table ${known} but no revision: it is older than Zed, or not a ${history.name} database`,
  )
}

const readRevision = async <S>(kysely: Kysely<S>): Promise<string | null> => {
  const { rows } = await sql<{ version_num: string }>`
    select version_num from alembic_version`.execute(kysely)
  return rows[0]?.version_num ?? null
}

const writeRevision = async <S>(kysely: Kysely<S>, revision: Revision | undefined) => {
  if (!revision) return
  const updated = await sql`update alembic_version set version_num = ${revision.id}`.execute(kysely)
  if (updated.numAffectedRows) return
  await sql`insert into alembic_version (version_num) values (${revision.id})`.execute(kysely)
}

const tableNames = async <S>(kysely: Kysely<S>, dialect: Dialect): Promise<Set<string>> => {
  const query =
    dialect === 'sqlite'
      ? sql<{ name: string }>`select name from sqlite_master where type = 'table'`
      : sql<{ name: string }>`
          select table_name as name from information_schema.tables
          where table_schema = database()`
  const { rows } = await query.execute(kysely)
  return new Set(rows.map(({ name }) => name))
}

/** MySQL's errors for a column or key that is there already, or gone already. */
const DONE_BEFORE: readonly unknown[] = [1060, 1061, 1091]

/** A run that broke off left its last statements done and its revision unwritten. */
const executeOnce = async <S>(kysely: Kysely<S>, statement: string): Promise<void> => {
  try {
    await sql.raw(statement).execute(kysely)
  } catch (error) {
    const errno = error instanceof Error ? Reflect.get(error, 'errno') : undefined
    if (!DONE_BEFORE.includes(errno)) throw error
  }
}
