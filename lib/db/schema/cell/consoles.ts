import { datetime, integer, varchar } from '../columns.js'
import { table, until } from '../table.js'

// Console tokens; `console_pools` and `consoles` are remnants of nova-console.

export const consoleAuthTokens = table(
  'console_auth_tokens',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    token_hash: varchar(255).notNull(),
    console_type: varchar(255).notNull(),
    host: varchar(255).notNull(),
    port: integer().notNull(),
    internal_access_path: varchar(255),
    instance_uuid: varchar(36).notNull(),
    expires: integer().notNull(),
    access_url_base: varchar(255),
    tls_port: integer().since('2903cd72dc14'),
  },
  {
    uniques: {
      uniq_console_auth_tokens0token_hash: ['token_hash'],
    },
    indexes: {
      console_auth_tokens_host_expires_idx: ['host', 'expires'],
      console_auth_tokens_instance_uuid_idx: ['instance_uuid'],
      console_auth_tokens_token_hash_instance_uuid_idx: ['token_hash', 'instance_uuid'],
      console_auth_tokens_token_hash_idx: until('960aac0e09ea', ['token_hash']),
    },
  },
)

export const consolePools = table(
  'console_pools',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    address: varchar(39),
    username: varchar(255),
    password: varchar(255),
    console_type: varchar(255),
    public_hostname: varchar(255),
    host: varchar(255),
    compute_host: varchar(255),
    deleted: integer(),
  },
  {
    uniques: {
      uniq_console_pools0host0console_type0compute_host0deleted: [
        'host',
        'console_type',
        'compute_host',
        'deleted',
      ],
    },
  },
)

export const consoles = table(
  'consoles',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    instance_name: varchar(255),
    password: varchar(255),
    port: integer(),
    pool_id: integer(),
    instance_uuid: varchar(36),
    deleted: integer(),
  },
  {
    indexes: {
      consoles_instance_uuid_idx: ['instance_uuid'],
      pool_id: ['pool_id'],
    },
    foreignKeys: {
      consoles_ibfk_1: { column: 'pool_id', references: ['console_pools', 'id'] },
      consoles_instance_uuid_fkey: { column: 'instance_uuid', references: ['instances', 'uuid'] },
    },
  },
)
