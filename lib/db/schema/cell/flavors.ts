import { boolean, datetime, float, integer, varchar } from '../columns.js'
import { table } from '../table.js'

// Remnants: flavors are in the API database.

export const instanceTypes = table(
  'instance_types',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    name: varchar(255),
    id: integer().autoIncrement(),
    memory_mb: integer().notNull(),
    vcpus: integer().notNull(),
    swap: integer().notNull(),
    vcpu_weight: integer(),
    flavorid: varchar(255),
    rxtx_factor: float(),
    root_gb: integer(),
    ephemeral_gb: integer(),
    disabled: boolean(),
    is_public: boolean(),
    deleted: integer(),
  },
  {
    uniques: {
      uniq_instance_types0flavorid0deleted: ['flavorid', 'deleted'],
      uniq_instance_types0name0deleted: ['name', 'deleted'],
    },
  },
)

export const instanceTypeExtraSpecs = table(
  'instance_type_extra_specs',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    instance_type_id: integer().notNull(),
    key: varchar(255),
    value: varchar(255),
    deleted: integer(),
  },
  {
    collation: 'utf8mb3_bin',
    uniques: {
      uniq_instance_type_extra_specs0instance_type_id0key0deleted: [
        'instance_type_id',
        'key',
        'deleted',
      ],
    },
    indexes: {
      instance_type_extra_specs_instance_type_id_key_idx: ['instance_type_id', 'key'],
    },
    foreignKeys: {
      instance_type_extra_specs_ibfk_1: {
        column: 'instance_type_id',
        references: ['instance_types', 'id'],
      },
    },
  },
)

export const instanceTypeProjects = table(
  'instance_type_projects',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    instance_type_id: integer().notNull(),
    project_id: varchar(255),
    deleted: integer(),
  },
  {
    uniques: {
      uniq_instance_type_projects0instance_type_id0project_id0deleted: [
        'instance_type_id',
        'project_id',
        'deleted',
      ],
    },
    indexes: {
      instance_type_id: ['instance_type_id'],
    },
    foreignKeys: {
      instance_type_projects_ibfk_1: {
        column: 'instance_type_id',
        references: ['instance_types', 'id'],
      },
    },
  },
)
