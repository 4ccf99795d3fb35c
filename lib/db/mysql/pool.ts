import mysql from 'mysql2/promise'
import type { DatabaseOptions } from '../database.js'
import { DatabaseConnectionError, isConnectionLost, messageOf } from '../errors.js'
import type { DatabaseUrl } from '../url.js'

/** Callers that may wait for a connection at once. */
const QUEUE_LIMIT = 1000
/** Prepared statements kept per connection; the server keeps as many. */
const STATEMENTS = 300

/** A bounded pool, whose every wait is bounded too. */
export class MysqlPool {
  readonly #url: string
  readonly #pool: mysql.Pool
  readonly #timeout: number
  /** Milliseconds a statement may take. */
  readonly queryTimeout: number

  /** Connects on first use only. */
  constructor(
    url: string,
    where: Extract<DatabaseUrl, { dialect: 'mysql' }>,
    options: DatabaseOptions,
  ) {
    const { maxPoolSize = 5, maxOverflow = 50 } = options
    this.#url = url
    this.#timeout = options.poolTimeout ?? 30_000
    this.queryTimeout = options.queryTimeout ?? 60_000
    this.#pool = mysql.createPool({
      ...(where.socketPath
        ? { socketPath: where.socketPath }
        : { host: where.host, port: where.port }),
      user: where.user,
      password: where.password,
      database: where.database,
      charset: where.charset,
      // Times are naive UTC in every column.
      timezone: 'Z',
      connectTimeout: options.connectTimeout ?? 10_000,
      connectionLimit: maxPoolSize + maxOverflow,
      maxIdle: maxPoolSize,
      idleTimeout: 60_000,
      queueLimit: QUEUE_LIMIT,
      maxPreparedStatements: STATEMENTS,
      enableKeepAlive: true,
    })
    // As oslo.db sets it: a value that does not fit is an error, never cut. It goes ahead of
    // whatever the connection was made for.
    this.#pool.on('connection', connection => {
      connection.query("SET SESSION sql_mode = 'TRADITIONAL'")
    })
  }

  /** @throws DatabaseConnectionError */
  async acquire(): Promise<mysql.PoolConnection> {
    const connecting = this.#pool.getConnection()
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      // Whoever waited is gone; the connection is not.
      connecting.then(
        connection => connection.release(),
        () => undefined,
      )
      reject(new Error(`no connection became free within ${this.#timeout} ms`))
    }, this.#timeout)
    try {
      return await Promise.race([connecting, late])
    } catch (error) {
      throw new DatabaseConnectionError(this.#url, messageOf(error), { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  /** Says so in one type when it was the connection that failed, and not the statement. */
  translate(error: unknown): unknown {
    if (error instanceof DatabaseConnectionError || !isConnectionLost(error)) return error
    return new DatabaseConnectionError(this.#url, messageOf(error), { cause: error })
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }
}
