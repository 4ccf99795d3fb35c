import { boolean, datetime, float, integer, text, varchar } from '../columns.js'
import { table } from '../table.js'

// Flavors, who may use them, and their extra specs.

export const flavors = table(
  'flavors',
  {
    created_at: datetime(),
    updated_at: datetime(),
    name: varchar(255).notNull(),
    id: integer().autoIncrement(),
    memory_mb: integer().notNull(),
    vcpus: integer().notNull(),
    swap: integer().notNull(),
    vcpu_weight: integer(),
    flavorid: varchar(255).notNull(),
    rxtx_factor: float(),
    root_gb: integer(),
    ephemeral_gb: integer(),
    disabled: boolean(),
    is_public: boolean(),
    description: text(),
  },
  {
    uniques: {
      uniq_flavors0flavorid: ['flavorid'],
      uniq_flavors0name: ['name'],
    },
  },
)

export const flavorExtraSpecs = table(
  'flavor_extra_specs',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    flavor_id: integer().notNull(),
    key: varchar(255).notNull(),
    value: varchar(255),
  },
  {
    uniques: {
      uniq_flavor_extra_specs0flavor_id0key: ['flavor_id', 'key'],
    },
    indexes: {
      flavor_extra_specs_flavor_id_key_idx: ['flavor_id', 'key'],
    },
    foreignKeys: {
      flavor_extra_specs_ibfk_1: { column: 'flavor_id', references: ['flavors', 'id'] },
    },
  },
)

export const flavorProjects = table(
  'flavor_projects',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: integer().autoIncrement(),
    flavor_id: integer().notNull(),
    project_id: varchar(255).notNull(),
  },
  {
    uniques: {
      uniq_flavor_projects0flavor_id0project_id: ['flavor_id', 'project_id'],
    },
    foreignKeys: {
      flavor_projects_ibfk_1: { column: 'flavor_id', references: ['flavors', 'id'] },
    },
  },
)
