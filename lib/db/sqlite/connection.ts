import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { CompiledQuery, QueryResult } from 'kysely'
import { LRUCache } from 'lru-cache'
import { regexpFunction } from '../regexp.js'
import { bind } from '../values.js'
import { type RowMaker, rowMaker } from './row-maker.js'

interface Prepared {
  readonly statement: StatementSync
  /** null for a statement that gives no rows. */
  readonly toRow: RowMaker | null
}

/** Prepared statements kept per connection. */
const STATEMENTS = 500

/** One connection of node:sqlite, which works synchronously: a statement is never interrupted. */
export class SqliteConnection {
  readonly #database: DatabaseSync
  readonly #statements = new LRUCache<string, Prepared>({ max: STATEMENTS })

  constructor(path: string, options: { readonly readOnly: boolean }) {
    this.#database = new DatabaseSync(path, { readOnly: options.readOnly })
    this.#database.function('regexp', { deterministic: true }, regexpFunction())
  }

  /** Statements without parameters or rows, several at once: pragmas, `BEGIN`, schema. */
  exec(sql: string): void {
    this.#database.exec(sql)
  }

  run<R>({ sql, parameters }: CompiledQuery): QueryResult<R> {
    const { statement, toRow } = this.#prepare(sql)
    const values = parameters.map(bind)
    if (!toRow) {
      const { changes, lastInsertRowid } = statement.run(...values)
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
    }
    const rows: unknown[] = statement.all(...values)
    return { rows: rows.map(row => toRow(row as unknown[]) as R) }
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  /** What was learnt of columns goes stale when a table changes. */
  forgetStatements(): void {
    this.#statements.clear()
  }

  #prepare(sql: string): Prepared {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#database.prepare(sql)
    statement.setReturnArrays(true)
    const columns = statement.columns().map(({ name, type }) => ({
      name,
      // The declared type of the column that a value comes from; null for an expression.
      datetime: type?.toLowerCase() === 'datetime',
    }))
    const prepared = { statement, toRow: columns.length === 0 ? null : rowMaker(columns) }
    this.#statements.set(sql, prepared)
    return prepared
  }
}
