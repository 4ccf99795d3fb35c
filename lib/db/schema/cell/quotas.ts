import { datetime, integer, varchar } from '../columns.js'
import { table } from '../table.js'

// Remnants: quotas are in the API database.

export const quotas = table(
  'quotas',
  {
    id: integer().autoIncrement(),
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    project_id: varchar(255),
    resource: varchar(255).notNull(),
    hard_limit: integer(),
    deleted: integer(),
  },
  {
    uniques: {
      uniq_quotas0project_id0resource0deleted: ['project_id', 'resource', 'deleted'],
    },
  },
)

export const quotaClasses = table(
  'quota_classes',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    class_name: varchar(255),
    resource: varchar(255),
    hard_limit: integer(),
    deleted: integer(),
  },
  {
    indexes: {
      ix_quota_classes_class_name: ['class_name'],
    },
  },
)

export const projectUserQuotas = table(
  'project_user_quotas',
  {
    id: integer().autoIncrement(),
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    deleted: integer(),
    user_id: varchar(255).notNull(),
    project_id: varchar(255).notNull(),
    resource: varchar(255).notNull(),
    hard_limit: integer(),
  },
  {
    uniques: {
      uniq_project_user_quotas0user_id0project_id0resource0deleted: [
        'user_id',
        'project_id',
        'resource',
        'deleted',
      ],
    },
    indexes: {
      project_user_quotas_project_id_deleted_idx: ['project_id', 'deleted'],
      project_user_quotas_user_id_deleted_idx: ['user_id', 'deleted'],
    },
  },
)

export const quotaUsages = table(
  'quota_usages',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    project_id: varchar(255),
    resource: varchar(255).notNull(),
    in_use: integer().notNull(),
    reserved: integer().notNull(),
    until_refresh: integer(),
    deleted: integer(),
    user_id: varchar(255),
  },
  {
    indexes: {
      ix_quota_usages_project_id: ['project_id'],
      ix_quota_usages_user_id_deleted: ['user_id', 'deleted'],
    },
  },
)

export const reservations = table(
  'reservations',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    uuid: varchar(36).notNull(),
    usage_id: integer().notNull(),
    project_id: varchar(255),
    resource: varchar(255),
    delta: integer().notNull(),
    expire: datetime(),
    deleted: integer(),
    user_id: varchar(255),
  },
  {
    indexes: {
      ix_reservations_project_id: ['project_id'],
      ix_reservations_user_id_deleted: ['user_id', 'deleted'],
      reservations_deleted_expire_idx: ['deleted', 'expire'],
      reservations_uuid_idx: ['uuid'],
      usage_id: ['usage_id'],
    },
    foreignKeys: {
      reservations_ibfk_1: { column: 'usage_id', references: ['quota_usages', 'id'] },
    },
  },
)
