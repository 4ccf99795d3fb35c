import { datetime, enumeration, float, integer, mediumtext, varchar } from '../columns.js'
import { table } from '../table.js'

// Remnants of what moved to the API database.

export const aggregates = table(
  'aggregates',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    name: varchar(255),
    deleted: integer(),
    uuid: varchar(36),
  },
  {
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
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    host: varchar(255),
    aggregate_id: integer().notNull(),
    deleted: integer(),
  },
  {
    uniques: {
      uniq_aggregate_hosts0host0aggregate_id0deleted: ['host', 'aggregate_id', 'deleted'],
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
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    aggregate_id: integer().notNull(),
    key: varchar(255).notNull(),
    value: varchar(255).notNull(),
    deleted: integer(),
  },
  {
    uniques: {
      uniq_aggregate_metadata0aggregate_id0key0deleted: ['aggregate_id', 'key', 'deleted'],
    },
    indexes: {
      aggregate_metadata_key_idx: ['key'],
      aggregate_metadata_value_idx: ['value'],
    },
    foreignKeys: {
      aggregate_metadata_ibfk_1: { column: 'aggregate_id', references: ['aggregates', 'id'] },
    },
  },
)

export const instanceGroups = table(
  'instance_groups',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    deleted: integer(),
    id: integer().autoIncrement(),
    user_id: varchar(255),
    project_id: varchar(255),
    uuid: varchar(36).notNull(),
    name: varchar(255),
  },
  {
    uniques: {
      uniq_instance_groups0uuid0deleted: ['uuid', 'deleted'],
    },
  },
)

export const instanceGroupMember = table(
  'instance_group_member',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    deleted: integer(),
    id: integer().autoIncrement(),
    instance_id: varchar(255),
    group_id: integer().notNull(),
  },
  {
    indexes: {
      group_id: ['group_id'],
      instance_group_member_instance_idx: ['instance_id'],
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
    deleted_at: datetime(),
    deleted: integer(),
    id: integer().autoIncrement(),
    policy: varchar(255),
    group_id: integer().notNull(),
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

export const keyPairs = table(
  'key_pairs',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    name: varchar(255).notNull(),
    user_id: varchar(255),
    fingerprint: varchar(255),
    public_key: mediumtext(),
    deleted: integer(),
    type: enumeration('ssh', 'x509').notNull().default('ssh'),
  },
  {
    uniques: {
      uniq_key_pairs0user_id0name0deleted: ['user_id', 'name', 'deleted'],
    },
  },
)

export const allocations = table(
  'allocations',
  {
    id: integer().autoIncrement(),
    resource_provider_id: integer().notNull(),
    consumer_id: varchar(36).notNull(),
    resource_class_id: integer().notNull(),
    used: integer().notNull(),
  },
  {
    collation: 'latin1_swedish_ci',
    indexes: {
      allocations_consumer_id_idx: ['consumer_id'],
      allocations_resource_class_id_idx: ['resource_class_id'],
      allocations_resource_provider_class_used_idx: [
        'resource_provider_id',
        'resource_class_id',
        'used',
      ],
    },
  },
)

export const inventories = table(
  'inventories',
  {
    id: integer().autoIncrement(),
    resource_provider_id: integer().notNull(),
    resource_class_id: integer().notNull(),
    total: integer().notNull(),
    reserved: integer().notNull(),
    min_unit: integer().notNull(),
    max_unit: integer().notNull(),
    step_size: integer().notNull(),
    allocation_ratio: float().notNull(),
  },
  {
    collation: 'latin1_swedish_ci',
    uniques: {
      uniq_inventories0resource_provider_resource_class: [
        'resource_provider_id',
        'resource_class_id',
      ],
    },
    indexes: {
      inventories_resource_class_id_idx: ['resource_class_id'],
      inventories_resource_provider_id_idx: ['resource_provider_id'],
      inventories_resource_provider_resource_class_idx: [
        'resource_provider_id',
        'resource_class_id',
      ],
    },
  },
)

export const resourceProviders = table(
  'resource_providers',
  {
    id: integer().autoIncrement(),
    uuid: varchar(36).notNull(),
    name: varchar(200).collate('utf8mb3_general_ci'),
    generation: integer(),
    can_host: integer(),
  },
  {
    collation: 'latin1_swedish_ci',
    uniques: {
      uniq_resource_providers0name: ['name'],
      uniq_resource_providers0uuid: ['uuid'],
    },
    indexes: {
      resource_providers_name_idx: ['name'],
      resource_providers_uuid_idx: ['uuid'],
    },
  },
)

export const resourceProviderAggregates = table(
  'resource_provider_aggregates',
  {
    resource_provider_id: integer().notNull(),
    aggregate_id: integer().notNull(),
  },
  {
    primaryKey: ['resource_provider_id', 'aggregate_id'],
    collation: 'latin1_swedish_ci',
    indexes: {
      resource_provider_aggregates_aggregate_id_idx: ['aggregate_id'],
    },
  },
)
