import { datetime, integer, mediumtext, text, varchar } from '../columns.js'
import { table } from '../table.js'

// A boot from acceptance to placement.

export const buildRequests = table(
  'build_requests',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    project_id: varchar(255).notNull(),
    instance_uuid: varchar(36),
    instance: mediumtext(),
    block_device_mappings: mediumtext(),
    tags: text(),
  },
  {
    uniques: {
      uniq_build_requests0instance_uuid: ['instance_uuid'],
    },
    indexes: {
      build_requests_instance_uuid_idx: ['instance_uuid'],
      build_requests_project_id_idx: ['project_id'],
    },
  },
)

export const requestSpecs = table(
  'request_specs',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    instance_uuid: varchar(36).notNull(),
    spec: mediumtext().notNull(),
  },
  {
    uniques: {
      uniq_request_specs0instance_uuid: ['instance_uuid'],
    },
    indexes: {
      request_spec_instance_uuid_idx: ['instance_uuid'],
    },
  },
)
