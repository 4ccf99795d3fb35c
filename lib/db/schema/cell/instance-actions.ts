import { datetime, integer, text, varchar } from '../columns.js'
import { table } from '../table.js'

// What was asked of an instance, and how it went.

export const instanceActions = table(
  'instance_actions',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    action: varchar(255),
    instance_uuid: varchar(36),
    request_id: varchar(255),
    user_id: varchar(255),
    project_id: varchar(255),
    start_time: datetime(),
    finish_time: datetime(),
    message: varchar(255),
    deleted: integer(),
  },
  {
    indexes: {
      instance_actions_instance_uuid_updated_at_idx: ['instance_uuid', 'updated_at'],
      instance_uuid_idx: ['instance_uuid'],
      request_id_idx: ['request_id'],
    },
    foreignKeys: {
      fk_instance_actions_instance_uuid: {
        column: 'instance_uuid',
        references: ['instances', 'uuid'],
      },
    },
  },
)

export const instanceActionsEvents = table(
  'instance_actions_events',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    event: varchar(255),
    action_id: integer(),
    start_time: datetime(),
    finish_time: datetime(),
    result: varchar(255),
    traceback: text(),
    deleted: integer(),
    host: varchar(255),
    details: text(),
  },
  {
    indexes: {
      action_id: ['action_id'],
    },
    foreignKeys: {
      instance_actions_events_ibfk_1: {
        column: 'action_id',
        references: ['instance_actions', 'id'],
      },
    },
  },
)
