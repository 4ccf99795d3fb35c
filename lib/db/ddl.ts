import type { Dialect } from './database.js'
import type { ColumnFacts, ColumnType } from './schema/columns.js'
import type { DatedKey, ForeignKey, Key, Table, Tables } from './schema/table.js'

/** The revisions that a schema has been through; Zed's is in no `since`, and so needs no mention. */
export type Reached = ReadonlySet<string>

interface Dated {
  readonly since?: string | undefined
  readonly until?: string | undefined
}

const present = ({ since, until }: Dated, reached: Reached): boolean =>
  (since === undefined || reached.has(since)) && (until === undefined || !reached.has(until))

/** Statements that make every table as it was at a revision, those referred to first. */
export const createSchema = (tables: Tables, dialect: Dialect, reached: Reached): string[] =>
  Object.values(tables)
    .filter(table => present(table, reached))
    .flatMap(table => createTable(table, writers[dialect], reached))

/** Statements that lead from the revision before to this one. */
export const upgradeSchema = (tables: Tables, dialect: Dialect, revision: string): string[] => {
  const writer = writers[dialect]
  const at = (dated: Dated) => dated.since === revision
  return Object.values(tables).flatMap(table => {
    if (at(table)) return createTable(table, writer, new Set([revision]))
    const columns = Object.entries(table.columns).filter(([, { facts }]) => at(facts))
    const keys = keysOf(table)
    return [
      ...columns.map(([name, { facts }]) => {
        const definition = writer.column(name, facts)
        return `ALTER TABLE ${writer.quote(table.name)} ADD COLUMN ${definition}`
      }),
      ...keys.filter(at).map(key => writer.createKey(table.name, key)),
      ...keys.filter(key => key.until === revision).map(key => writer.dropKey(table.name, key)),
    ]
  })
}

interface NamedKey extends DatedKey {
  readonly name: string
  readonly unique: boolean
}

const keysOf = ({ uniques = {}, indexes = {} }: Table): NamedKey[] => {
  const named = (keys: Readonly<Record<string, Key>>, unique: boolean): NamedKey[] =>
    Object.entries(keys).map(([name, key]) => ({
      ...('columns' in key ? key : { columns: key }),
      name,
      unique,
    }))
  return [...named(uniques, true), ...named(indexes, false)]
}

const createTable = (table: Table, writer: Writer, reached: Reached): string[] => {
  const columns = Object.entries(table.columns).filter(([, { facts }]) => present(facts, reached))
  const keys = keysOf(table).filter(key => present(key, reached))
  const parts = [
    ...columns.map(([name, { facts }]) => writer.column(name, facts)),
    ...writer.primaryKey(table),
    ...(writer.inlineKey ? keys.map(writer.inlineKey) : []),
    ...Object.entries(table.foreignKeys ?? {}).map(([name, key]) => foreignKey(name, key, writer)),
  ]
  const create = `CREATE TABLE IF NOT EXISTS ${writer.quote(table.name)} (\n  ${parts.join(',\n  ')}\n)${writer.tableOptions(table)}`
  return [create, ...(writer.inlineKey ? [] : keys.map(key => writer.createKey(table.name, key)))]
}

const foreignKey = (
  name: string,
  { column, references: [table, target] }: ForeignKey,
  { quote }: Writer,
): string =>
  `CONSTRAINT ${quote(name)} FOREIGN KEY (${quote(column)}) REFERENCES ${quote(table)} (${quote(target)})`

/** How an engine says it. */
interface Writer {
  readonly quote: (name: string) => string
  readonly column: (name: string, facts: ColumnFacts) => string
  readonly primaryKey: (table: Table) => readonly string[]
  /** Keys within the table's own statement, where the engine has them there. */
  readonly inlineKey: ((key: NamedKey) => string) | null
  readonly createKey: (table: string, key: NamedKey) => string
  readonly dropKey: (table: string, key: NamedKey) => string
  readonly tableOptions: (table: Table) => string
}

const literal = (value: string | number): string =>
  typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`

const backquote = (name: string): string => `\`${name}\``
const mysqlColumns = ({ columns }: NamedKey): string =>
  // `name(100)`: so many characters of it
  columns.map(column => column.replace(/^(\w+)/, '`$1`')).join(', ')

const mysqlType = (type: ColumnType): string => {
  switch (type.kind) {
    case 'boolean':
      return 'TINYINT(1)'
    case 'varchar':
      return `VARCHAR(${type.length})`
    case 'enum':
      return `ENUM(${type.values.map(literal).join(', ')})`
    default:
      return type.kind.toUpperCase()
  }
}

const characterSet = (collation: string): string => collation.replace(/_.*$/, '')

const mysql: Writer = {
  quote: backquote,
  column: (name, facts) =>
    [
      backquote(name),
      mysqlType(facts.type),
      facts.collation &&
        `CHARACTER SET ${characterSet(facts.collation)} COLLATE ${facts.collation}`,
      facts.nullable ? 'NULL' : 'NOT NULL',
      facts.default !== undefined && `DEFAULT ${literal(facts.default)}`,
      facts.autoIncrement && 'AUTO_INCREMENT',
    ]
      .filter(Boolean)
      .join(' '),
  primaryKey: ({ primaryKey = ['id'] }) => [
    `PRIMARY KEY (${primaryKey.map(backquote).join(', ')})`,
  ],
  inlineKey: key =>
    `${key.unique ? 'UNIQUE KEY' : 'KEY'} ${backquote(key.name)} (${mysqlColumns(key)})`,
  createKey: (table, key) =>
    `CREATE ${key.unique ? 'UNIQUE INDEX' : 'INDEX'} ${backquote(key.name)} ON ${backquote(table)} (${mysqlColumns(key)})`,
  dropKey: (table, key) => `DROP INDEX ${backquote(key.name)} ON ${backquote(table)}`,
  tableOptions: ({ collation = 'utf8mb3_general_ci' }) =>
    ` ENGINE=InnoDB DEFAULT CHARACTER SET ${characterSet(collation)} COLLATE ${collation}`,
}

const doubleQuote = (name: string): string => `"${name}"`

const sqliteType = (type: ColumnType): string => {
  switch (type.kind) {
    case 'boolean':
      return 'TINYINT(1)'
    case 'varchar':
      return `VARCHAR(${type.length})`
    case 'enum':
      return 'VARCHAR(255)'
    default:
      return type.kind.toUpperCase()
  }
}

/** SQLite's indexes share one name space, while nova names them within their tables. */
const indexName = (table: string, { name }: NamedKey): string =>
  doubleQuote(name.includes(table) ? name : `${table}_${name}`)

const sqlite: Writer = {
  quote: doubleQuote,
  column: (name, facts) => {
    const check =
      facts.type.kind === 'enum' &&
      `CHECK (${doubleQuote(name)} IN (${facts.type.values.map(literal).join(', ')}))`
    return [
      doubleQuote(name),
      sqliteType(facts.type),
      facts.autoIncrement && 'PRIMARY KEY AUTOINCREMENT',
      !facts.nullable && 'NOT NULL',
      facts.default !== undefined && `DEFAULT ${literal(facts.default)}`,
      check,
    ]
      .filter(Boolean)
      .join(' ')
      .replace(/(INTEGER|BIGINT) PRIMARY KEY/, 'INTEGER PRIMARY KEY')
  },
  primaryKey: ({ columns, primaryKey = ['id'] }) =>
    primaryKey.some(name => columns[name]?.facts.autoIncrement)
      ? []
      : [`PRIMARY KEY (${primaryKey.map(doubleQuote).join(', ')})`],
  // As indexes of their own: a constraint could never be dropped again.
  inlineKey: null,
  createKey: (table, key) => {
    const columns = key.columns.map(column => doubleQuote(column.replace(/\(\d+\)$/, '')))
    return `CREATE ${key.unique ? 'UNIQUE INDEX' : 'INDEX'} IF NOT EXISTS ${indexName(table, key)} ON ${doubleQuote(table)} (${columns.join(', ')})`
  },
  dropKey: (table, key) => `DROP INDEX IF EXISTS ${indexName(table, key)}`,
  tableOptions: () => '',
}

const writers: Readonly<Record<Dialect, Writer>> = { mysql, sqlite }
