import type { Insertable, Kysely, Selectable, Updateable } from 'kysely'
import { type ApiSchema, apiTables } from '../schema/api.js'
import { type CellSchema, cellTables } from '../schema/cell.js'
import type { Table } from '../schema/table.js'

/** A cell's database, or a transaction in it. */
export type CellDb = Kysely<CellSchema>
/** The API database, or a transaction in it. */
export type ApiDb = Kysely<ApiSchema>

export type CellRow<T extends keyof CellSchema> = Selectable<CellSchema[T]>
export type ApiRow<T extends keyof ApiSchema> = Selectable<ApiSchema[T]>
export type NewCellRow<T extends keyof CellSchema> = Insertable<CellSchema[T]>
export type NewApiRow<T extends keyof ApiSchema> = Insertable<ApiSchema[T]>

/** Values by name, of which a row takes the columns it has. */
export type Values = Readonly<Record<string, unknown>>

/** Keeps what are columns of the table; booleans become 0 and 1. Ids and times of record are not touched. */
const pick = (table: Table, values: Values): Record<string, unknown> => {
  const row: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || !Object.hasOwn(table.columns, name) || kept.has(name)) continue
    row[name] = typeof value === 'boolean' ? Number(value) : value
  }
  return row
}

const kept: ReadonlySet<string> = new Set([
  'id',
  'created_at',
  'updated_at',
  'deleted_at',
  'deleted',
])

/** Columns of a cell's table from an object's values (by wire name). The object's types are the columns'. */
export const cellValues = <T extends keyof CellSchema & keyof typeof cellTables>(
  table: T,
  values: Values,
): Updateable<CellSchema[T]> => pick(cellTables[table], values) as Updateable<CellSchema[T]>

export const apiValues = <T extends keyof ApiSchema & keyof typeof apiTables>(
  table: T,
  values: Values,
): Updateable<ApiSchema[T]> => pick(apiTables[table], values) as Updateable<ApiSchema[T]>

/** Now, in whole seconds: what the column will hold. */
export const now = (): Date => new Date(Math.floor(Date.now() / 1000) * 1000)

/** Parameters per statement stay far below any engine's limit. */
const chunkSize = 900

/** Runs a query with an IN list for each part of a long list, and joins the rows. */
export const inChunks = async <K, R>(
  keys: readonly K[],
  query: (part: readonly K[]) => Promise<readonly R[]>,
): Promise<R[]> => {
  const rows: R[] = []
  for (let at = 0; at < keys.length; at += chunkSize) {
    rows.push(...(await query(keys.slice(at, at + chunkSize))))
  }
  return rows
}

/** Rows that deletes took, together. */
export const deletedRows = (results: readonly { readonly numDeletedRows: bigint }[]): number =>
  results.reduce((sum, { numDeletedRows }) => sum + Number(numDeletedRows), 0)

/** The id of the row just inserted. */
export const insertedId = (result: { readonly insertId?: bigint | undefined }): number => {
  if (result.insertId === undefined) throw new Error('the database gave no id for a new row')
  return Number(result.insertId)
}

/** Live rows, deleted ones, or all: how a context asks to read. */
export type ReadDeleted = 'no' | 'yes' | 'only'
