import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteDialect,
} from 'kysely'
import type { Release } from '../../util/mutex.js'
import type { SqliteEngine } from './engine.js'

/** kysely's SQLite on node:sqlite. */
export const sqliteDialect = (engine: SqliteEngine): SqliteDialect => new NodeSqliteDialect(engine)

class NodeSqliteDialect extends SqliteDialect {
  readonly #engine: SqliteEngine

  constructor(engine: SqliteEngine) {
    super({
      database: () => Promise.reject(new Error('the driver is ours, and opens nothing here')),
    })
    this.#engine = engine
  }

  override createDriver(): Driver {
    return new SqliteDriver(this.#engine)
  }

  override createAdapter(): SqliteAdapter {
    return new SharedSqliteAdapter()
  }
}

/** kysely would queue readers behind writers; the engine knows better whose turn it is. */
class SharedSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true
  }

  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/** What kysely holds while a query or a transaction lasts; it takes the writer when it needs it. */
class Session implements DatabaseConnection {
  readonly #engine: SqliteEngine
  #release: Release | null = null

  constructor(engine: SqliteEngine) {
    this.#engine = engine
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.#release ? this.#engine.executeLocked<R>(query) : this.#engine.execute<R>(query)
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query)
  }

  async begin(): Promise<void> {
    this.#release = await this.#engine.begin()
  }

  end(sql: 'COMMIT' | 'ROLLBACK'): void {
    this.#engine.end(sql)
    this.release()
  }

  release(): void {
    this.#release?.()
    this.#release = null
  }
}

class SqliteDriver implements Driver {
  readonly #engine: SqliteEngine

  constructor(engine: SqliteEngine) {
    this.#engine = engine
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Session> {
    return new Session(this.#engine)
  }

  beginTransaction(session: Session): Promise<void> {
    return session.begin()
  }

  async commitTransaction(session: Session): Promise<void> {
    session.end('COMMIT')
  }

  async rollbackTransaction(session: Session): Promise<void> {
    session.end('ROLLBACK')
  }

  async savepoint(session: Session, name: string): Promise<void> {
    await session.executeQuery(CompiledQuery.raw(`savepoint "${name}"`))
  }

  async rollbackToSavepoint(session: Session, name: string): Promise<void> {
    await session.executeQuery(CompiledQuery.raw(`rollback to "${name}"`))
  }

  async releaseSavepoint(session: Session, name: string): Promise<void> {
    await session.executeQuery(CompiledQuery.raw(`release "${name}"`))
  }

  async releaseConnection(session: Session): Promise<void> {
    session.release()
  }

  /** Whoever opened the database shuts it. */
  async destroy(): Promise<void> {}
}
