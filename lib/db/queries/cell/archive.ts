import { type RawBuilder, sql, type Transaction } from 'kysely'
import type { Database } from '../../database.js'
import { isReferenceError, messageOf } from '../../errors.js'
import type { CellSchema } from '../../schema/cell.js'
import { inChunks } from '../rows.js'
import { type ArchivedTable, archivedTables, childrenOf, purgedTables } from './archive-tables.js'

export interface ArchiveOptions {
  /** Rows to move; with their children some more may go. */
  readonly maxRows: number
  /** Only what was deleted before. */
  readonly before: Date | null
  /** Rows of task_log too, which nothing ever deletes. */
  readonly taskLog: boolean
  /** Ends the work between two transactions. */
  readonly signal?: AbortSignal | undefined
  /** Instances whose rows have just moved: what else knows of them may forget them. */
  readonly onInstances?: ((uuids: readonly string[]) => Promise<void>) | undefined
  /** A table that is left as it is, and why. */
  readonly onSkipped?: ((table: string, reason: string) => void) | undefined
}

/** Rows moved, by table, children among them. */
export type Archived = ReadonlyMap<string, number>

/** Rows that go in one transaction, their children not counted: it locks them while it lasts. */
const batch = 200

/**
 * Moves deleted rows to the shadow tables, lowest ids first, each with all that refers to it in one
 * transaction: however it ends, no row is half moved, and the next run finds the rest.
 */
export const archiveDeletedRows = async (
  db: Database<CellSchema>,
  options: ArchiveOptions,
): Promise<Archived> => {
  const moved = new Map<string, number>()
  let total = 0
  for (const table of archivedTables) {
    while (total < options.maxRows && !options.signal?.aborted) {
      const limit = Math.min(batch, options.maxRows - total)
      const step = await archiveBatch(db, table, limit, options)
      for (const [name, rows] of step.moved) {
        moved.set(name, (moved.get(name) ?? 0) + rows)
        total += rows
      }
      if (step.instances.length > 0) await options.onInstances?.(step.instances)
      if (step.isLast) break
    }
  }
  return moved
}

interface Step {
  readonly moved: Archived
  readonly instances: readonly string[]
  readonly isLast: boolean
}

const archiveBatch = async (
  db: Database<CellSchema>,
  table: ArchivedTable,
  limit: number,
  options: ArchiveOptions,
): Promise<Step> => {
  try {
    return await db.transaction(async trx => {
      const keys = await keysWhere(
        trx,
        table,
        sql`${condition(table, options)}
        order by ${sql.ref(table.primaryKey)} limit ${limit}`,
      )
      const moved = new Map<string, number>()
      const instances =
        table.name === 'instances' ? await valuesOf(trx, table, 'uuid', table.primaryKey, keys) : []
      await move(trx, table, keys, moved)
      return { moved, instances: instances.map(String), isLast: keys.length < limit }
    })
  } catch (error) {
    if (!isReferenceError(error)) throw error
    // Something without a shadow still refers to these rows; a later run may find it gone.
    options.onSkipped?.(table.name, messageOf(error))
    return { moved: new Map(), instances: [], isLast: true }
  }
}

type Key = number | string

const condition = (
  table: ArchivedTable,
  { before, taskLog }: ArchiveOptions,
): RawBuilder<unknown> => {
  if (table.name === 'task_log' && taskLog) {
    return before ? sql`updated_at < ${before}` : sql`1 = 1`
  }
  return before ? sql`deleted <> 0 and deleted_at < ${before}` : sql`deleted <> 0`
}

const keysWhere = async (
  trx: Transaction<CellSchema>,
  { name, primaryKey }: ArchivedTable,
  where: RawBuilder<unknown>,
): Promise<Key[]> => {
  const { rows } = await sql<{ key: Key }>`
    select ${sql.ref(primaryKey)} as ${sql.ref('key')} from ${sql.table(name)} where ${where}
  `.execute(trx)
  return rows.map(({ key }) => key)
}

/** Distinct values of a column in the rows of these keys; nulls, which nothing refers to, left out. */
const valuesOf = (
  trx: Transaction<CellSchema>,
  { name }: ArchivedTable,
  column: string,
  keyColumn: string,
  keys: readonly Key[],
): Promise<Key[]> =>
  inChunks(keys, async part => {
    const { rows } = await sql<{ value: Key | null }>`
      select distinct ${sql.ref(column)} as ${sql.ref('value')} from ${sql.table(name)}
      where ${sql.ref(keyColumn)} in (${sql.join(part)})
    `.execute(trx)
    return rows.flatMap(({ value }) => (value === null ? [] : [value]))
  })

/** Children first, for a foreign key forbids the other order. */
const move = async (
  trx: Transaction<CellSchema>,
  table: ArchivedTable,
  keys: readonly Key[],
  moved: Map<string, number>,
): Promise<void> => {
  if (keys.length === 0) return
  for (const { child, column, parentColumn } of childrenOf(table.name)) {
    const referred = await valuesOf(trx, table, parentColumn, table.primaryKey, keys)
    await move(trx, child, await valuesOf(trx, child, child.primaryKey, column, referred), moved)
  }
  const columns = sql.join(table.columns.map(name => sql.ref(name)))
  await inChunks(keys, async part => {
    const these = sql`where ${sql.ref(table.primaryKey)} in (${sql.join(part)})`
    await sql`
      insert into ${sql.table(table.shadow)} (${columns})
      select ${columns} from ${sql.table(table.name)} ${these}
    `.execute(trx)
    const { numAffectedRows = 0n } = await sql`
      delete from ${sql.table(table.name)} ${these}
    `.execute(trx)
    moved.set(table.name, (moved.get(table.name) ?? 0) + Number(numAffectedRows))
    return []
  })
}

export interface PurgeOptions {
  /** Only rows older than this; null: all. */
  readonly before: Date | null
  readonly signal?: AbortSignal | undefined
  /** Once a table that lost rows; `column`: the time they were older by, null for all rows. */
  readonly onPurged?: ((table: string, rows: number, column: string | null) => void) | undefined
  /** A table whose rows have no age. */
  readonly onAgeless?: ((table: string) => void) | undefined
}

/** Rows that one delete of a purge takes. */
const purgeBatch = 900

/**
 * Empties the shadow tables, a few hundred rows at a time.
 *
 * @returns how many rows went
 */
export const purgeShadowTables = async (
  db: Database<CellSchema>,
  { before, signal, onPurged, onAgeless }: PurgeOptions,
): Promise<number> => {
  let total = 0
  for (const { name, primaryKey, age } of purgedTables) {
    if (before && age === null) {
      onAgeless?.(name)
      continue
    }
    const where = before && age !== null ? sql`${sql.ref(age)} < ${before}` : sql`1 = 1`
    let rows = 0
    let gone = purgeBatch
    while (gone === purgeBatch && !signal?.aborted) {
      gone = await purgeSome(db, name, primaryKey, where)
      rows += gone
    }
    if (rows > 0) onPurged?.(name, rows, before ? age : null)
    total += rows
  }
  return total
}

const purgeSome = async (
  { kysely }: Database<CellSchema>,
  name: string,
  primaryKey: string,
  where: RawBuilder<unknown>,
): Promise<number> => {
  const key = sql.ref(primaryKey)
  // SQLite knows no delete with a limit, and MySQL no limit in a subquery: two steps for both.
  const { rows } = await sql<{ key: Key }>`
    select ${key} as ${sql.ref('key')} from ${sql.table(name)} where ${where}
    order by ${key} limit ${purgeBatch}
  `.execute(kysely)
  if (rows.length === 0) return 0
  const keys = sql.join(rows.map(row => row.key))
  const { numAffectedRows = 0n } = await sql`
    delete from ${sql.table(name)} where ${key} in (${keys})
  `.execute(kysely)
  // Another purge beside this one may have been quicker; what was found decides whether to go on.
  return numAffectedRows === 0n ? 0 : rows.length
}
