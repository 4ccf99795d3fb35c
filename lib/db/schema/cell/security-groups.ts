import { datetime, integer, varchar } from '../columns.js'
import { table } from '../table.js'

// Only the group `default` is still kept here.

export const securityGroups = table(
  'security_groups',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    name: varchar(255),
    description: varchar(255),
    user_id: varchar(255),
    project_id: varchar(255),
    deleted: integer(),
  },
  {
    uniques: {
      uniq_security_groups0project_id0name0deleted: ['project_id', 'name', 'deleted'],
    },
  },
)

export const securityGroupRules = table(
  'security_group_rules',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    parent_group_id: integer(),
    protocol: varchar(255),
    from_port: integer(),
    to_port: integer(),
    cidr: varchar(43),
    group_id: integer(),
    deleted: integer(),
  },
  {
    indexes: {
      group_id: ['group_id'],
      parent_group_id: ['parent_group_id'],
    },
    foreignKeys: {
      security_group_rules_ibfk_1: {
        column: 'parent_group_id',
        references: ['security_groups', 'id'],
      },
      security_group_rules_ibfk_2: { column: 'group_id', references: ['security_groups', 'id'] },
    },
  },
)

export const securityGroupInstanceAssociation = table(
  'security_group_instance_association',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    security_group_id: integer(),
    instance_uuid: varchar(36),
    deleted: integer(),
  },
  {
    indexes: {
      security_group_id: ['security_group_id'],
      security_group_instance_association_instance_uuid_idx: ['instance_uuid'],
    },
    foreignKeys: {
      security_group_instance_association_ibfk_1: {
        column: 'security_group_id',
        references: ['security_groups', 'id'],
      },
      security_group_instance_association_instance_uuid_fkey: {
        column: 'instance_uuid',
        references: ['instances', 'uuid'],
      },
    },
  },
)

export const securityGroupDefaultRules = table('security_group_default_rules', {
  created_at: datetime(),
  updated_at: datetime(),
  deleted_at: datetime(),
  deleted: integer(),
  id: integer().autoIncrement(),
  protocol: varchar(5),
  from_port: integer(),
  to_port: integer(),
  cidr: varchar(43),
})
