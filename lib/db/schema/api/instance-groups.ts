import { datetime, integer, text, varchar } from '../columns.js'
import { table } from '../table.js'

// Server groups.

export const instanceGroups = table(
  'instance_groups',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    user_id: varchar(255),
    project_id: varchar(255),
    uuid: varchar(36).notNull(),
    name: varchar(255),
  },
  {
    uniques: {
      uniq_instance_groups0uuid: ['uuid'],
    },
  },
)

export const instanceGroupMember = table(
  'instance_group_member',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    instance_uuid: varchar(255),
    group_id: integer().notNull(),
  },
  {
    indexes: {
      group_id: ['group_id'],
      instance_group_member_instance_idx: ['instance_uuid'],
    },
    foreignKeys: {
      instance_group_member_ibfk_1: { column: 'group_id', references: ['instance_groups', 'id'] },
    },
  },
)

export const instanceGroupPolicy = table(
  'instance_group_policy',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    policy: varchar(255),
    group_id: integer().notNull(),
    rules: text(),
  },
  {
    indexes: {
      group_id: ['group_id'],
      instance_group_policy_policy_idx: ['policy'],
    },
    foreignKeys: {
      instance_group_policy_ibfk_1: { column: 'group_id', references: ['instance_groups', 'id'] },
    },
  },
)
