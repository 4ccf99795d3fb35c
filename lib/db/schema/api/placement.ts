import { datetime, float, integer, varchar } from '../columns.js'
import { table } from '../table.js'

// Placement, from before it had a database of its own. nova leaves these unused; claims are kept here.

export const resourceProviders = table(
  'resource_providers',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    uuid: varchar(36).notNull(),
    name: varchar(200).collate('utf8mb3_bin'),
    generation: integer(),
    can_host: integer(),
    root_provider_id: integer(),
    parent_provider_id: integer(),
  },
  {
    collation: 'latin1_swedish_ci',
    uniques: {
      uniq_resource_providers0name: ['name'],
      uniq_resource_providers0uuid: ['uuid'],
    },
    indexes: {
      resource_providers_name_idx: ['name'],
      resource_providers_parent_provider_id_idx: ['parent_provider_id'],
      resource_providers_root_provider_id_idx: ['root_provider_id'],
      resource_providers_uuid_idx: ['uuid'],
    },
    foreignKeys: {
      resource_providers_ibfk_1: {
        column: 'root_provider_id',
        references: ['resource_providers', 'id'],
      },
      resource_providers_ibfk_2: {
        column: 'parent_provider_id',
        references: ['resource_providers', 'id'],
      },
    },
  },
)

export const resourceClasses = table(
  'resource_classes',
  {
    id: integer().autoIncrement(),
    name: varchar(255).notNull(),
    created_at: datetime(),
    updated_at: datetime(),
  },
  {
    collation: 'latin1_swedish_ci',
    uniques: {
      uniq_resource_classes0name: ['name'],
    },
  },
)

export const inventories = table(
  'inventories',
  {
    created_at: datetime(),
    updated_at: datetime(),
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

export const allocations = table(
  'allocations',
  {
    created_at: datetime(),
    updated_at: datetime(),
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

export const consumers = table(
  'consumers',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    uuid: varchar(36).notNull(),
    project_id: integer().notNull(),
    user_id: integer().notNull(),
    generation: integer().notNull().default(0),
  },
  {
    collation: 'latin1_swedish_ci',
    uniques: {
      uniq_consumers0uuid: ['uuid'],
    },
    indexes: {
      consumers_project_id_user_id_uuid_idx: ['project_id', 'user_id', 'uuid'],
      consumers_project_id_uuid_idx: ['project_id', 'uuid'],
    },
  },
)

export const projects = table(
  'projects',
  {
    id: integer().autoIncrement(),
    external_id: varchar(255).notNull(),
    created_at: datetime(),
    updated_at: datetime(),
  },
  {
    collation: 'latin1_swedish_ci',
    uniques: {
      uniq_projects0external_id: ['external_id'],
    },
  },
)

export const users = table(
  'users',
  {
    id: integer().autoIncrement(),
    external_id: varchar(255).notNull(),
    created_at: datetime(),
    updated_at: datetime(),
  },
  {
    collation: 'latin1_swedish_ci',
    uniques: {
      uniq_users0external_id: ['external_id'],
    },
  },
)

export const traits = table(
  'traits',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    name: varchar(255).collate('utf8mb3_bin').notNull(),
  },
  {
    collation: 'latin1_swedish_ci',
    uniques: {
      uniq_traits0name: ['name'],
    },
  },
)

export const resourceProviderTraits = table(
  'resource_provider_traits',
  {
    created_at: datetime(),
    updated_at: datetime(),
    trait_id: integer().notNull(),
    resource_provider_id: integer().notNull(),
  },
  {
    primaryKey: ['trait_id', 'resource_provider_id'],
    collation: 'latin1_swedish_ci',
    indexes: {
      resource_provider_traits_resource_provider_trait_idx: ['resource_provider_id', 'trait_id'],
    },
    foreignKeys: {
      resource_provider_traits_ibfk_1: {
        column: 'resource_provider_id',
        references: ['resource_providers', 'id'],
      },
      resource_provider_traits_ibfk_2: { column: 'trait_id', references: ['traits', 'id'] },
    },
  },
)

export const resourceProviderAggregates = table(
  'resource_provider_aggregates',
  {
    created_at: datetime(),
    updated_at: datetime(),
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

export const placementAggregates = table(
  'placement_aggregates',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    uuid: varchar(36),
  },
  {
    collation: 'latin1_swedish_ci',
    uniques: {
      uniq_placement_aggregates0uuid: ['uuid'],
    },
    indexes: {
      ix_placement_aggregates_uuid: ['uuid'],
    },
  },
)
