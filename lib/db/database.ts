import type { Kysely, Transaction } from 'kysely'

export type Dialect = 'sqlite' | 'mysql'

/** One of the databases: what queries run on, whichever engine is behind it. */
export interface Database<Schema> {
  readonly dialect: Dialect
  /** The URL it was opened by, with the password masked: for logs and messages. */
  readonly url: string
  readonly kysely: Kysely<Schema>
  /**
   * All or nothing. Retried whole, up to five times, when the engine reports a deadlock or a busy
   * database, or the connection breaks ahead of the commit: `work` must do nothing but queries on `trx`. A query on `kysely` inside it would wait
   * for the transaction that it stands in.
   */
  transaction<T>(work: (trx: Transaction<Schema>) => Promise<T>): Promise<T>
  /** @throws DatabaseConnectionError when the database cannot be reached */
  ping(): Promise<void>
  /** One line of what its connections do. */
  report(): string
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** Connections kept when idle (MySQL). Default 5. */
  readonly maxPoolSize?: number | undefined
  /** Connections beyond those, closed when idle (MySQL). Default 5. */
  readonly maxOverflow?: number | undefined
  /** Milliseconds to wait for a free connection, or for the writer of SQLite. Default 30 000. */
  readonly poolTimeout?: number | undefined
  /** Tries after the first to connect to a server that is full or away (MySQL); -1: as long as `poolTimeout`. Default 10. */
  readonly maxRetries?: number | undefined
  /** Milliseconds between two of them at most. Default 10 000. */
  readonly retryInterval?: number | undefined
  /** Milliseconds to wait for a connection to be made (MySQL). Default 10 000. */
  readonly connectTimeout?: number | undefined
  /** Milliseconds a statement may take (MySQL). Default 60 000. */
  readonly queryTimeout?: number | undefined
  /** Hears of each statement that was answered, but of those that begin and end transactions. */
  readonly onQuery?: ((sql: string) => void) | undefined
}
