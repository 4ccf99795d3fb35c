import { setTimeout as delay } from 'node:timers/promises'
import type { CompiledQuery, QueryResult } from 'kysely'
import { Mutex, type Release } from '../../util/mutex.js'
import { DatabaseConnectionError, isBusy, messageOf } from '../errors.js'
import { SqliteConnection } from './connection.js'

/**
 * The connections of one SQLite database. All writers of the process share one, each in his turn, so
 * that the statements of two transactions never mix; readers of a file have another, which sees what
 * was last committed (WAL) and waits for nobody. A database in memory has only the one.
 */
export class SqliteEngine {
  readonly #url: string
  readonly #timeout: number
  readonly #writer: SqliteConnection
  readonly #reader: SqliteConnection | null
  readonly #mutex = new Mutex()

  /**
   * @param timeout milliseconds to wait for the writer
   * @throws DatabaseConnectionError when the file cannot be opened
   */
  constructor(url: string, path: string, timeout: number) {
    this.#url = url
    this.#timeout = timeout
    const opened: SqliteConnection[] = []
    try {
      const writer = new SqliteConnection(path, { readOnly: false })
      opened.push(writer)
      // Generous while opening (another process may be making the file), then short: a wait inside
      // SQLite stops the whole process, so `#patiently` waits outside of it.
      writer.exec('PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON')
      if (path === ':memory:') {
        this.#reader = null
      } else {
        writer.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
        this.#reader = new SqliteConnection(path, { readOnly: true })
        opened.push(this.#reader)
        this.#reader.exec('PRAGMA busy_timeout = 1000')
      }
      writer.exec('PRAGMA busy_timeout = 5')
      this.#writer = writer
    } catch (error) {
      for (const connection of opened) connection.close()
      throw new DatabaseConnectionError(url, messageOf(error), { cause: error })
    }
  }

  /** A statement of its own, outside of any transaction. */
  async execute<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#reader && query.query.kind === 'SelectQueryNode') return this.#reader.run(query)
    const release = await this.#lock()
    try {
      return await this.#patiently(() => this.executeLocked<R>(query))
    } finally {
      release()
    }
  }

  /** A statement of the transaction that holds the writer. */
  executeLocked<R>(query: CompiledQuery): QueryResult<R> {
    const result = this.#writer.run<R>(query)
    if (!DATA_STATEMENTS.has(query.query.kind)) {
      this.#writer.forgetStatements()
      this.#reader?.forgetStatements()
    }
    return result
  }

  /** @returns what gives the writer back once the transaction has ended */
  async begin(): Promise<Release> {
    const release = await this.#lock()
    try {
      // Immediate: the lock on the file is had now or not at all, never in the middle.
      await this.#patiently(() => this.#writer.exec('BEGIN IMMEDIATE'))
      return release
    } catch (error) {
      release()
      throw error
    }
  }

  end(sql: 'COMMIT' | 'ROLLBACK'): void {
    this.#writer.exec(sql)
  }

  close(): void {
    this.#reader?.close()
    this.#writer.close()
  }

  #lock(): Promise<Release> {
    return this.#mutex.acquire(
      this.#timeout,
      () =>
        new DatabaseConnectionError(
          this.#url,
          `waited ${this.#timeout} ms for its one writer; a query beside the transaction that it stands in waits for itself`,
        ),
    )
  }

  /** Tries again while another process holds the file. */
  async #patiently<T>(work: () => T): Promise<T> {
    const deadline = performance.now() + this.#timeout
    for (;;) {
      try {
        return work()
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw error
        await delay(1 + Math.random() * 20)
      }
    }
  }
}

/** Statements that leave the schema as it is. */
const DATA_STATEMENTS: ReadonlySet<string> = new Set([
  'SelectQueryNode',
  'InsertQueryNode',
  'UpdateQueryNode',
  'DeleteQueryNode',
])
