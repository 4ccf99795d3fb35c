import type { Kysely, Transaction } from 'kysely'

/** One of the databases: what queries run on, whichever engine is behind it. */
export interface Database<Schema> {
  readonly dialect: 'sqlite' | 'mysql'
  readonly kysely: Kysely<Schema>
  /**
   * All or nothing. Retried whole, up to five times, when the engine reports a deadlock or a busy
   * database: `work` must do nothing but queries on `trx`.
   */
  transaction<T>(work: (trx: Transaction<Schema>) => Promise<T>): Promise<T>
  close(): Promise<void>
}
