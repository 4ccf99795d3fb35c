import { setTimeout as delay } from 'node:timers/promises'
import { type Dialect as EngineDialect, Kysely, sql, type Transaction } from 'kysely'
import type { Database, DatabaseOptions, Dialect } from './database.js'
import { DatabaseConnectionError, isBusy, isDeadlock, isPassing, messageOf } from './errors.js'
import { maskPassword } from './mask.js'
import { mysqlDialect } from './mysql/dialect.js'
import { MysqlPool } from './mysql/pool.js'
import { sqliteDialect } from './sqlite/dialect.js'
import { SqliteEngine } from './sqlite/engine.js'
import { parseDatabaseUrl } from './url.js'

/** Tries after the first, as nova's `max_retries` inside its database API. */
const RETRIES = 5

/**
 * Opens a database by its SQLAlchemy URL. A SQLite file is opened, and made, at once; MySQL is
 * connected to on first use (`ping` tells whether it is there).
 *
 * @throws DatabaseUrlError
 * @throws DatabaseConnectionError when a SQLite file cannot be opened
 */
export const openDatabase = <Schema>(
  url: string,
  options: DatabaseOptions = {},
): Database<Schema> => {
  const where = parseDatabaseUrl(url)
  if (where.dialect === 'sqlite') {
    const engine = new SqliteEngine(url, where.path, options.poolTimeout ?? 30_000)
    const parts = { shut: () => engine.close(), report: () => 'a file, or memory, of this process' }
    return new OpenDatabase(url, 'sqlite', sqliteDialect(engine), options, parts)
  }
  const pool = new MysqlPool(url, where, options)
  const parts = { shut: () => pool.close(), report: () => pool.report() }
  return new OpenDatabase(url, 'mysql', mysqlDialect(pool), options, parts)
}

interface EngineParts {
  readonly shut: () => void | Promise<void>
  readonly report: () => string
}

class OpenDatabase<Schema> implements Database<Schema> {
  readonly dialect: Dialect
  readonly url: string
  readonly kysely: Kysely<Schema>
  readonly #parts: EngineParts
  #closing: Promise<void> | undefined

  constructor(
    url: string,
    dialect: Dialect,
    engine: EngineDialect,
    { onQuery }: DatabaseOptions,
    parts: EngineParts,
  ) {
    this.url = maskPassword(url)
    this.dialect = dialect
    this.kysely = new Kysely<Schema>({
      dialect: engine,
      ...(onQuery
        ? { log: ({ level, query }) => (level === 'query' ? onQuery(query.sql) : undefined) }
        : {}),
    })
    this.#parts = parts
  }

  report(): string {
    return `${this.url} ${this.#parts.report()}`
  }

  async transaction<T>(work: (trx: Transaction<Schema>) => Promise<T>): Promise<T> {
    for (let retry = 0; ; retry++) {
      try {
        return await this.kysely.transaction().execute(work)
      } catch (error) {
        const mayRepeat = isDeadlock(error) || isBusy(error) || isPassing(error)
        if (retry === RETRIES || !mayRepeat) throw error
        // Of two that met, one has to be late.
        await delay(Math.random() * 20 * 2 ** retry)
      }
    }
  }

  async ping(): Promise<void> {
    try {
      await sql`select 1`.execute(this.kysely)
    } catch (error) {
      if (error instanceof DatabaseConnectionError) throw error
      throw new DatabaseConnectionError(this.url, messageOf(error), { cause: error })
    }
  }

  close(): Promise<void> {
    // kysely destroys only a driver that was used; ours hold files from the start, so they are shut
    // here and not by it.
    this.#closing ??= this.kysely.destroy().then(this.#parts.shut)
    return this.#closing
  }
}
