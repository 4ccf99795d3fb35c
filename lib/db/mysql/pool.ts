import type { Pool, PoolConnection, PoolOptions } from 'mysql2/promise'
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
  readonly #settings: PoolOptions
  #pool: Promise<Pool> | null = null
  readonly #timeout: number
  /** Milliseconds a statement may take. */
  readonly queryTimeout: number

  /** Loads the driver and connects on first use only: a process on SQLite never needs it. */
  constructor(
    url: string,
    where: Extract<DatabaseUrl, { dialect: 'mysql' }>,
    options: DatabaseOptions,
  ) {
    const { maxPoolSize = 5, maxOverflow = 50 } = options
    this.#url = url
    this.#timeout = options.poolTimeout ?? 30_000
    this.queryTimeout = options.queryTimeout ?? 60_000
    this.#settings = {
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
    }
  }

  async #open(): Promise<Pool> {
    const { createPool } = await import('mysql2/promise')
    const pool = createPool(this.#settings)
    // As oslo.db sets it: a value that does not fit is an error, never cut. It goes ahead of
    // whatever the connection was made for.
    pool.on('connection', connection => {
      connection.query("SET SESSION sql_mode = 'TRADITIONAL'")
    })
    return pool
  }

  /** @throws DatabaseConnectionError */
  async acquire(): Promise<PoolConnection> {
    this.#pool ??= this.#open()
    const connecting = this.#pool.then(pool => pool.getConnection())
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
    await (await this.#pool)?.end()
  }
}
