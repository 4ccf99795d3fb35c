import { setTimeout as delay } from 'node:timers/promises'
import type { Pool, PoolConnection, PoolOptions } from 'mysql2'
import type { DatabaseOptions } from '../database.js'
import {
  CommitOutcomeUnknown,
  DatabaseConnectionError,
  DatabaseUnavailable,
  isConnectionLost,
  isFull,
  isPassing,
  messageOf,
} from '../errors.js'
import type { DatabaseUrl } from '../url.js'

/** Callers that may wait for a connection at once. */
const QUEUE_LIMIT = 1000
/** Prepared statements kept per connection; the server keeps as many. */
const STATEMENTS = 300
/** ms before the second try to connect; the next ones wait twice as long each, up to `retryInterval` */
const FIRST_PAUSE = 50

/** A bounded pool, whose every wait is bounded too. */
export class MysqlPool {
  readonly #url: string
  readonly #settings: PoolOptions
  #pool: Promise<Pool> | null = null
  readonly #timeout: number
  readonly #maxRetries: number
  readonly #retryInterval: number
  /** It was connected to, once. */
  #reachable = false
  /** ms, monotonic: since when it no longer is */
  #awaySince: number | null = null
  /** Milliseconds a statement may take. */
  readonly queryTimeout: number
  /** Connections that somebody works with now, and callers that wait for one: for reports. */
  inUse = 0
  waiting = 0

  /** Loads the driver and connects on first use only: a process on SQLite never needs it. */
  constructor(
    url: string,
    where: Extract<DatabaseUrl, { dialect: 'mysql' }>,
    options: DatabaseOptions,
  ) {
    const { maxPoolSize = 5, maxOverflow = 5 } = options
    this.#url = url
    this.#timeout = options.poolTimeout ?? 30_000
    this.#maxRetries = options.maxRetries ?? 10
    this.#retryInterval = options.retryInterval ?? 10_000
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
    const { createPool } = await import('mysql2')
    const pool = createPool(this.#settings)
    // As oslo.db sets it: a value that does not fit is an error, never cut. It goes ahead of
    // whatever the connection was made for.
    pool.on('connection', connection => {
      connection.query("SET SESSION sql_mode = 'TRADITIONAL'")
    })
    return pool
  }

  /**
   * A connection, within `poolTimeout`. A server that is full is asked again until then; one that was
   * there and is away, too, but only while the outage is that young: after it everybody is told at
   * once, until it is back. One that never was there is told of at once.
   *
   * @throws DatabaseUnavailable
   */
  async acquire(): Promise<PoolConnection> {
    this.waiting++
    try {
      return await this.#acquire()
    } finally {
      this.waiting--
    }
  }

  /** `connections: 2 of 10 in use, nobody waits` */
  report(): string {
    const waiting = this.waiting ? `${this.waiting} wait for one` : 'nobody waits'
    return `connections: ${this.inUse} of ${this.#settings.connectionLimit} in use, ${waiting}`
  }

  async #acquire(): Promise<PoolConnection> {
    const deadline = performance.now() + this.#timeout
    for (let tries = 1; ; tries++) {
      try {
        const connection = await this.#connect(deadline - performance.now())
        this.#reachable = true
        this.#awaySince = null
        return connection
      } catch (error) {
        const pause = Math.min(this.#retryInterval, FIRST_PAUSE * 2 ** (tries - 1))
        const mayTry = this.#maxRetries < 0 || tries <= this.#maxRetries
        const wait = pause * (0.5 + Math.random() / 2)
        if (!mayTry || performance.now() + wait > deadline || !this.#isWorthWaiting(error)) {
          throw new DatabaseUnavailable(this.#url, messageOf(error), { cause: error })
        }
        await delay(wait)
      }
    }
  }

  #isWorthWaiting(error: unknown): boolean {
    if (isFull(error)) return true
    if (!this.#reachable || !isPassing(error)) return false
    this.#awaySince ??= performance.now()
    return performance.now() - this.#awaySince < this.#timeout
  }

  async #connect(timeout: number): Promise<PoolConnection> {
    this.#pool ??= this.#open()
    const connecting = this.#pool.then(connectionOf)
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      // Whoever waited is gone; the connection is not.
      connecting.then(
        connection => connection.release(),
        () => undefined,
      )
      reject(new Error(`no connection became free within ${this.#timeout} ms`))
    }, timeout)
    try {
      return await Promise.race([connecting, late])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Says so in one type when it was the connection that failed, and not the statement. */
  translate(error: unknown): unknown {
    if (error instanceof DatabaseConnectionError || !isConnectionLost(error)) return error
    return new DatabaseConnectionError(this.#url, messageOf(error), { cause: error })
  }

  commitUnknown(error: unknown): CommitOutcomeUnknown {
    const what = `the connection broke during a commit (${messageOf(error)})`
    return new CommitOutcomeUnknown(this.#url, what, { cause: error })
  }

  async close(): Promise<void> {
    const pool = await this.#pool
    // One that the server turned away a moment ago repeats why; whoever asked for it has heard.
    if (pool) await new Promise<void>(resolve => pool.end(() => resolve()))
  }
}

const connectionOf = (pool: Pool): Promise<PoolConnection> =>
  new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)))
  })
