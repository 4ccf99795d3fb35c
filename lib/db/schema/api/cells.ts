import { boolean, datetime, integer, text, varchar } from '../columns.js'
import { table } from '../table.js'

// Where cells, hosts and instances are found.

export const cellMappings = table(
  'cell_mappings',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    uuid: varchar(36).notNull(),
    name: varchar(255),
    transport_url: text(),
    database_connection: text(),
    disabled: boolean(),
  },
  {
    uniques: {
      uniq_cell_mappings0uuid: ['uuid'],
    },
    indexes: {
      uuid_idx: ['uuid'],
    },
  },
)

export const hostMappings = table(
  'host_mappings',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    cell_id: integer().notNull(),
    host: varchar(255).notNull(),
  },
  {
    uniques: {
      uniq_host_mappings0host: ['host'],
    },
    indexes: {
      cell_id: ['cell_id'],
      host_idx: ['host'],
    },
    foreignKeys: {
      host_mappings_ibfk_1: { column: 'cell_id', references: ['cell_mappings', 'id'] },
    },
  },
)

export const instanceMappings = table(
  'instance_mappings',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    instance_uuid: varchar(36).notNull(),
    cell_id: integer(),
    project_id: varchar(255).notNull(),
    queued_for_delete: boolean(),
    user_id: varchar(255),
  },
  {
    uniques: {
      uniq_instance_mappings0instance_uuid: ['instance_uuid'],
    },
    indexes: {
      cell_id: ['cell_id'],
      instance_mappings_user_id_project_id_idx: ['user_id', 'project_id'],
      instance_uuid_idx: ['instance_uuid'],
      project_id_idx: ['project_id'],
    },
    foreignKeys: {
      instance_mappings_ibfk_1: { column: 'cell_id', references: ['cell_mappings', 'id'] },
    },
  },
)
