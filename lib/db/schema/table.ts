import type { Collation, Column } from './columns.js'

export type Columns = Readonly<Record<string, Column<unknown>>>

/** Column names in order; `name(100)` indexes only so many characters (MySQL). */
export type KeyColumns = readonly string[]

/** A key that some revision added or dropped; a plain list of columns is there from Zed on. */
export interface DatedKey {
  readonly columns: KeyColumns
  readonly since?: string | undefined
  readonly until?: string | undefined
}

export type Key = KeyColumns | DatedKey

export const since = (revision: string, columns: KeyColumns): DatedKey => ({
  columns,
  since: revision,
})

/** @param revision the one that drops it */
export const until = (revision: string, columns: KeyColumns): DatedKey => ({
  columns,
  until: revision,
})

export interface ForeignKey {
  readonly column: string
  /** Table and column; deletes and updates of what is referred to are refused. */
  readonly references: readonly [table: string, column: string]
}

export interface TableOptions {
  /** Default `['id']`. */
  readonly primaryKey?: readonly string[]
  /** Default `utf8mb3_general_ci`; the character set is the part before the first `_`. */
  readonly collation?: Collation
  /** The revision that adds the table; absent when Zed has it. */
  readonly since?: string
  readonly uniques?: Readonly<Record<string, Key>>
  readonly indexes?: Readonly<Record<string, Key>>
  readonly foreignKeys?: Readonly<Record<string, ForeignKey>>
}

/** A table as data: row types are inferred from it, and `lib/db/ddl` makes statements of it. */
export interface Table<C extends Columns = Columns> extends TableOptions {
  readonly name: string
  readonly columns: C
}

export type Tables = Readonly<Record<string, Table>>

export const table = <C extends Columns>(
  name: string,
  columns: C,
  options: TableOptions = {},
): Table<C> => ({ ...options, name, columns })

/** `shadow_<name>`: the same columns, some of them looser, and no keys but the primary. */
export const shadowOf = <C extends Columns, O extends Columns = Record<never, never>>(
  base: Table<C>,
  overrides: O = {} as O,
): Table<Omit<C, keyof O> & O> => ({
  name: `shadow_${base.name}`,
  columns: Object.assign({ ...base.columns }, overrides),
  ...(base.primaryKey && { primaryKey: base.primaryKey }),
  ...(base.collation && { collation: base.collation }),
})

type RowOf<C extends Columns> = {
  [Name in keyof C]: C[Name] extends Column<infer Value> ? Value : never
}

/** What kysely is told of a database: each table's columns. */
export type SchemaOf<T extends Tables> = { [Name in keyof T]: RowOf<T[Name]['columns']> }
