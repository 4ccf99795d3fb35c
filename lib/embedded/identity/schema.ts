import type { ColumnDataType, CreateTableBuilder, Kysely } from 'kysely'

/** What a column may hold. Booleans are 0 and 1, lists and maps are JSON text. */
export type Value = string | number | null
export type Row = Record<string, Value>

type ColumnType = 'id' | 'name' | 'text' | 'flag' | 'time'

interface TableSpec {
  readonly columns: Readonly<Record<string, ColumnType>>
  /** The first key is the primary one. */
  readonly keys: readonly (readonly string[])[]
}

/** `time` is in milliseconds since the epoch. */
const tables = {
  identity_domain: {
    columns: { id: 'id', name: 'name', description: 'text', enabled: 'flag', extra: 'text' },
    keys: [['id'], ['name']],
  },
  identity_project: {
    columns: {
      id: 'id',
      domain_id: 'id',
      name: 'name',
      description: 'text',
      enabled: 'flag',
      parent_id: 'id',
      extra: 'text',
    },
    keys: [['id'], ['domain_id', 'name']],
  },
  identity_user: {
    columns: {
      id: 'id',
      domain_id: 'id',
      name: 'name',
      description: 'text',
      enabled: 'flag',
      default_project_id: 'id',
      password_hash: 'text',
      /** tokens issued up to then are void */
      tokens_void_until: 'time',
      extra: 'text',
    },
    keys: [['id'], ['domain_id', 'name']],
  },
  identity_role: {
    columns: { id: 'id', name: 'name', description: 'text', extra: 'text' },
    keys: [['id'], ['name']],
  },
  identity_implied_role: {
    columns: { prior_role_id: 'id', implied_role_id: 'id' },
    keys: [['prior_role_id', 'implied_role_id']],
  },
  identity_assignment: {
    /** `scope` is project, domain or system; the system's scope_id is `all` */
    columns: { user_id: 'id', scope: 'id', scope_id: 'id', role_id: 'id' },
    keys: [['user_id', 'scope', 'scope_id', 'role_id']],
  },
  identity_region: {
    columns: { id: 'name', description: 'text', parent_region_id: 'name', extra: 'text' },
    keys: [['id']],
  },
  identity_service: {
    columns: {
      id: 'id',
      type: 'name',
      name: 'name',
      description: 'text',
      enabled: 'flag',
      extra: 'text',
    },
    keys: [['id']],
  },
  identity_endpoint: {
    columns: {
      id: 'id',
      service_id: 'id',
      interface: 'id',
      region_id: 'name',
      url: 'text',
      enabled: 'flag',
      extra: 'text',
    },
    keys: [['id']],
  },
  identity_application_credential: {
    columns: {
      id: 'id',
      user_id: 'id',
      project_id: 'id',
      name: 'name',
      description: 'text',
      secret_hash: 'text',
      unrestricted: 'flag',
      expires_at: 'time',
      /** ids, JSON */
      roles: 'text',
    },
    keys: [['id'], ['user_id', 'name']],
  },
  identity_revoked_token: {
    columns: { audit_id: 'id', expires_at: 'time' },
    keys: [['audit_id']],
  },
  identity_setting: {
    columns: { name: 'name', value: 'text' },
    keys: [['name']],
  },
} as const satisfies Readonly<Record<string, TableSpec>>

export type TableName = keyof typeof tables
export type IdentitySchema = Record<TableName, Row>

const types: Readonly<Record<ColumnType, ColumnDataType>> = {
  id: 'varchar(64)',
  name: 'varchar(255)',
  text: 'text',
  flag: 'integer',
  time: 'bigint',
}

/** Makes the tables that are not there yet. */
export const createTables = async (db: Kysely<IdentitySchema>): Promise<void> => {
  for (const [table, { columns, keys }] of Object.entries<TableSpec>(tables)) {
    let create: CreateTableBuilder<string, string> = db.schema.createTable(table).ifNotExists()
    const required = new Set<string>(keys[0])
    for (const [name, type] of Object.entries(columns)) {
      create = create.addColumn(name, types[type], column =>
        required.has(name) ? column.notNull() : column,
      )
    }
    for (const [index, key] of keys.entries()) {
      create =
        index === 0
          ? create.addPrimaryKeyConstraint(`${table}_pk`, [...key])
          : create.addUniqueConstraint(`${table}_uniq${index}`, [...key])
    }
    await create.execute()
  }
}
