import { datetime, integer, varchar } from '../columns.js'
import { table } from '../table.js'

// Host aggregates.

export const aggregates = table(
  'aggregates',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    uuid: varchar(36),
    name: varchar(255),
  },
  {
    uniques: {
      uniq_aggregate0name: ['name'],
    },
    indexes: {
      aggregate_uuid_idx: ['uuid'],
    },
  },
)

export const aggregateHosts = table(
  'aggregate_hosts',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    host: varchar(255),
    aggregate_id: integer().notNull(),
  },
  {
    uniques: {
      uniq_aggregate_hosts0host0aggregate_id: ['host', 'aggregate_id'],
    },
    indexes: {
      aggregate_id: ['aggregate_id'],
    },
    foreignKeys: {
      aggregate_hosts_ibfk_1: { column: 'aggregate_id', references: ['aggregates', 'id'] },
    },
  },
)

export const aggregateMetadata = table(
  'aggregate_metadata',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    aggregate_id: integer().notNull(),
    key: varchar(255).notNull(),
    value: varchar(255).notNull(),
  },
  {
    uniques: {
      uniq_aggregate_metadata0aggregate_id0key: ['aggregate_id', 'key'],
    },
    indexes: {
      aggregate_metadata_key_idx: ['key'],
    },
    foreignKeys: {
      aggregate_metadata_ibfk_1: { column: 'aggregate_id', references: ['aggregates', 'id'] },
    },
  },
)
