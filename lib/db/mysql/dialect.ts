import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  MysqlDialect,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import type { FieldPacket, QueryResult as MysqlResult, PoolConnection, QueryOptions } from 'mysql2'
import { ValidationError } from '../../exception/index.js'
import { isPassing, isUnstorableText } from '../errors.js'
import { bind } from '../values.js'
import type { MysqlPool } from './pool.js'

/** kysely's MySQL on prepared statements of mysql2. */
export const mysqlDialect = (pool: MysqlPool): MysqlDialect => new PreparingMysqlDialect(pool)

class PreparingMysqlDialect extends MysqlDialect {
  readonly #pool: MysqlPool

  constructor(pool: MysqlPool) {
    super({
      pool: () => Promise.reject(new Error('the driver is ours, and takes no pool from here')),
    })
    this.#pool = pool
  }

  override createDriver(): Driver {
    return new MysqlDriver(this.#pool)
  }
}

class Session implements DatabaseConnection {
  readonly #pool: MysqlPool
  #connection: PoolConnection
  #broken = false
  #inTransaction = false

  constructor(pool: MysqlPool, connection: PoolConnection) {
    this.#pool = pool
    this.#connection = connection
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      return await this.#execute(query)
    } catch (error) {
      // A connection may have died while nobody used it. A read by itself can be asked again.
      if (this.#inTransaction || !isPassing(error) || !/^\s*select\b/i.test(query.sql)) throw error
      this.#connection.destroy()
      this.#connection = await this.#pool.acquire()
      this.#broken = false
      return this.#execute(query)
    }
  }

  async begin(): Promise<void> {
    this.#inTransaction = true
    await this.executeQuery(CompiledQuery.raw('BEGIN'))
  }

  async commit(): Promise<void> {
    try {
      await this.executeQuery(CompiledQuery.raw('COMMIT'))
    } catch (error) {
      if (!this.#broken) throw error
      throw this.#pool.commitUnknown(error)
    }
    this.#inTransaction = false
  }

  async rollback(): Promise<void> {
    // The server has done so when it lost us; what the work failed with says more than this would.
    if (!this.#broken) await this.executeQuery(CompiledQuery.raw('ROLLBACK'))
    this.#inTransaction = false
  }

  async #execute<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const timeout = this.#pool.queryTimeout
    try {
      // Statements such as BEGIN, and the schema's, cannot all be prepared.
      const [result, fields] =
        parameters.length === 0
          ? await answerOf(this.#connection, 'query', { sql, timeout })
          : await answerOf(this.#connection, 'execute', {
              sql,
              timeout,
              values: parameters.map(bind),
            })
      if (Array.isArray(result)) return { rows: roundFloats(result, fields) as R[] }
      return {
        rows: [],
        numAffectedRows: BigInt(result.affectedRows),
        ...(result.insertId ? { insertId: BigInt(result.insertId) } : {}),
      }
    } catch (error) {
      if (isUnstorableText(error)) {
        throw Object.assign(new ValidationError({ detail: unstorable }), { cause: error })
      }
      const translated = this.#pool.translate(error)
      // After a time limit the answer may still come: nobody must get it for another question.
      if (translated !== error) this.#broken = true
      throw translated
    }
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query)
  }

  release(): void {
    if (this.#broken) this.#connection.destroy()
    else this.#connection.release()
  }
}

/**
 * As mysql2's own promises, which also take a stack trace for each statement, in case it fails: a sixteenth
 * of a conductor's work. kysely adds one to what did fail.
 */
const answerOf = (
  connection: PoolConnection,
  how: 'query' | 'execute',
  options: QueryOptions,
): Promise<[MysqlResult, FieldPacket[]]> =>
  new Promise((resolve, reject) => {
    connection[how]<MysqlResult>(options, (error, result, fields) => {
      if (error) reject(error)
      else resolve([result, fields])
    })
  })

/** The asker's fault: so a client is told, whatever it was that stored the text. */
const unstorable =
  'Characters beyond U+FFFF, emoji among them, cannot be stored: the columns of the database are of MySQL utf8.'

/** MYSQL_TYPE_FLOAT of the protocol. */
const FLOAT = 4

/** A `float` comes as 32 bits, whose 1.1 reads 1.100000023841858; six digits are what it holds. */
const roundFloats = (
  rows: readonly unknown[],
  fields: readonly FieldPacket[],
): readonly unknown[] => {
  for (const { name } of fields.filter(field => field.columnType === FLOAT)) {
    for (const row of rows as Record<string, unknown>[]) {
      const value = row[name]
      if (typeof value === 'number') row[name] = Number(value.toPrecision(6))
    }
  }
  return rows
}

class MysqlDriver implements Driver {
  readonly #pool: MysqlPool

  constructor(pool: MysqlPool) {
    this.#pool = pool
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Session> {
    const session = new Session(this.#pool, await this.#pool.acquire())
    this.#pool.inUse++
    return session
  }

  async beginTransaction(session: Session, settings: TransactionSettings): Promise<void> {
    if (settings.isolationLevel) {
      await session.executeQuery(
        CompiledQuery.raw(`SET TRANSACTION ISOLATION LEVEL ${settings.isolationLevel}`),
      )
    }
    await session.begin()
  }

  async commitTransaction(session: Session): Promise<void> {
    await session.commit()
  }

  async rollbackTransaction(session: Session): Promise<void> {
    await session.rollback()
  }

  async savepoint(session: Session, name: string): Promise<void> {
    await session.executeQuery(CompiledQuery.raw(`SAVEPOINT \`${name}\``))
  }

  async rollbackToSavepoint(session: Session, name: string): Promise<void> {
    await session.executeQuery(CompiledQuery.raw(`ROLLBACK TO \`${name}\``))
  }

  async releaseSavepoint(session: Session, name: string): Promise<void> {
    await session.executeQuery(CompiledQuery.raw(`RELEASE SAVEPOINT \`${name}\``))
  }

  async releaseConnection(session: Session): Promise<void> {
    this.#pool.inUse--
    session.release()
  }

  /** Whoever opened the database shuts it. */
  async destroy(): Promise<void> {}
}
