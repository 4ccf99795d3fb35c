import type { Generated } from 'kysely'

/** What a column may hold, in the words of MySQL; SQLite gets the nearest it has. */
export type ColumnType =
  | { readonly kind: 'integer' | 'bigint' | 'boolean' | 'float' }
  | { readonly kind: 'datetime' | 'text' | 'mediumtext' }
  | { readonly kind: 'varchar'; readonly length: number }
  | { readonly kind: 'enum'; readonly values: readonly string[] }

export type Collation = 'utf8mb3_general_ci' | 'utf8mb3_bin' | 'latin1_swedish_ci'

export interface ColumnFacts {
  readonly type: ColumnType
  readonly nullable: boolean
  readonly autoIncrement: boolean
  /** The server's own default. Most of nova's defaults are the ORM's: whoever inserts states them. */
  readonly default?: string | number | undefined
  /** Where it differs from the table's. */
  readonly collation?: Collation | undefined
  /** The revision that adds the column; absent when Zed has it. */
  readonly since?: string | undefined
}

/** A column, and in `Value` what kysely sees in a row. Immutable: each method gives another one. */
export class Column<Value> {
  /** Exists for the compiler only. */
  declare readonly value: Value
  readonly facts: ColumnFacts

  constructor(facts: ColumnFacts) {
    this.facts = facts
  }

  notNull(): Column<Exclude<Value, null>> {
    return new Column({ ...this.facts, nullable: false })
  }

  /** The table's id: never null, and given by the server when an insert leaves it out. */
  autoIncrement(): Column<Generated<Exclude<Value, null>>> {
    return new Column({ ...this.facts, nullable: false, autoIncrement: true })
  }

  default(value: Extract<Value, string | number>): Column<Generated<Value>> {
    return new Column({ ...this.facts, default: value })
  }

  collate(collation: Collation): Column<Value> {
    return new Column({ ...this.facts, collation })
  }

  since(revision: string): Column<Value> {
    return new Column({ ...this.facts, since: revision })
  }
}

const column = <Value>(type: ColumnType): Column<Value | null> =>
  new Column({ type, nullable: true, autoIncrement: false })

export const integer = () => column<number>({ kind: 'integer' })
/** 64 bits; beyond 2^53 a number cannot tell neighbours apart, and nothing of nova's gets there. */
export const bigint = () => column<number>({ kind: 'bigint' })
/** `tinyint(1)`: 0 or 1 in a row. */
export const boolean = () => column<number>({ kind: 'boolean' })
export const float = () => column<number>({ kind: 'float' })
/** Naive UTC, whole seconds. */
export const datetime = () => column<Date>({ kind: 'datetime' })
/** Up to 64 KiB. */
export const text = () => column<string>({ kind: 'text' })
/** Up to 16 MiB. */
export const mediumtext = () => column<string>({ kind: 'mediumtext' })
/** @param length characters */
export const varchar = (length: number) => column<string>({ kind: 'varchar', length })
export const enumeration = <const Values extends readonly string[]>(...values: Values) =>
  column<Values[number]>({ kind: 'enum', values })
