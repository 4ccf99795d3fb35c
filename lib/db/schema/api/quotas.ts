import { datetime, integer, varchar } from '../columns.js'
import { table } from '../table.js'

// Limits. (`quota_usages` and `reservations` are unused since usage is counted live.)

export const quotas = table(
  'quotas',
  {
    id: integer().autoIncrement(),
    created_at: datetime(),
    updated_at: datetime(),
    project_id: varchar(255),
    resource: varchar(255).notNull(),
    hard_limit: integer(),
  },
  {
    uniques: {
      uniq_quotas0project_id0resource: ['project_id', 'resource'],
    },
  },
)

export const quotaClasses = table(
  'quota_classes',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    class_name: varchar(255),
    resource: varchar(255),
    hard_limit: integer(),
  },
  {
    indexes: {
      quota_classes_class_name_idx: ['class_name'],
    },
  },
)

export const projectUserQuotas = table(
  'project_user_quotas',
  {
    id: integer().autoIncrement(),
    created_at: datetime(),
    updated_at: datetime(),
    user_id: varchar(255).notNull(),
    project_id: varchar(255).notNull(),
    resource: varchar(255).notNull(),
    hard_limit: integer(),
  },
  {
    uniques: {
      uniq_project_user_quotas0user_id0project_id0resource: ['user_id', 'project_id', 'resource'],
    },
    indexes: {
      project_user_quotas_project_id_idx: ['project_id'],
      project_user_quotas_user_id_idx: ['user_id'],
    },
  },
)

export const quotaUsages = table(
  'quota_usages',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    project_id: varchar(255),
    resource: varchar(255).notNull(),
    in_use: integer().notNull(),
    reserved: integer().notNull(),
    until_refresh: integer(),
    user_id: varchar(255),
  },
  {
    indexes: {
      quota_usages_project_id_idx: ['project_id'],
      quota_usages_user_id_idx: ['user_id'],
    },
  },
)

export const reservations = table(
  'reservations',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    uuid: varchar(36).notNull(),
    usage_id: integer().notNull(),
    project_id: varchar(255),
    resource: varchar(255),
    delta: integer().notNull(),
    expire: datetime(),
    user_id: varchar(255),
  },
  {
    indexes: {
      reservations_expire_idx: ['expire'],
      reservations_project_id_idx: ['project_id'],
      reservations_user_id_idx: ['user_id'],
      reservations_uuid_idx: ['uuid'],
      usage_id: ['usage_id'],
    },
    foreignKeys: {
      reservations_ibfk_1: { column: 'usage_id', references: ['quota_usages', 'id'] },
    },
  },
)
