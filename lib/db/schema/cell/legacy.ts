import { bigint, boolean, datetime, float, integer, varchar } from '../columns.js'
import { table } from '../table.js'

// Remnants of cells v1, of EC2, of nova-volume and of the guest agent: never touched.

export const cells = table(
  'cells',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    api_url: varchar(255),
    weight_offset: float(),
    weight_scale: float(),
    name: varchar(255),
    is_parent: boolean(),
    deleted: integer(),
    transport_url: varchar(255).notNull(),
  },
  {
    uniques: {
      uniq_cells0name0deleted: ['name', 'deleted'],
    },
  },
)

export const agentBuilds = table(
  'agent_builds',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    hypervisor: varchar(255),
    os: varchar(255),
    architecture: varchar(255),
    version: varchar(255),
    url: varchar(255),
    md5hash: varchar(255),
    deleted: integer(),
  },
  {
    uniques: {
      uniq_agent_builds0hypervisor0os0architecture0deleted: [
        'hypervisor',
        'os',
        'architecture',
        'deleted',
      ],
    },
    indexes: {
      agent_builds_hypervisor_os_arch_idx: ['hypervisor', 'os', 'architecture'],
    },
  },
)

export const certificates = table(
  'certificates',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    user_id: varchar(255),
    project_id: varchar(255),
    file_name: varchar(255),
    deleted: integer(),
  },
  {
    indexes: {
      certificates_project_id_deleted_idx: ['project_id', 'deleted'],
      certificates_user_id_deleted_idx: ['user_id', 'deleted'],
    },
  },
)

export const bwUsageCache = table(
  'bw_usage_cache',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    start_period: datetime().notNull(),
    last_refreshed: datetime(),
    bw_in: bigint(),
    bw_out: bigint(),
    mac: varchar(255),
    uuid: varchar(36),
    last_ctr_in: bigint(),
    last_ctr_out: bigint(),
    deleted: integer(),
  },
  {
    indexes: {
      bw_usage_cache_uuid_start_period_idx: ['uuid', 'start_period'],
    },
  },
)

export const s3Images = table('s3_images', {
  created_at: datetime(),
  updated_at: datetime(),
  deleted_at: datetime(),
  id: integer().autoIncrement(),
  uuid: varchar(36).notNull(),
  deleted: integer(),
})

export const snapshots = table('snapshots', {
  created_at: datetime(),
  updated_at: datetime(),
  deleted_at: datetime(),
  id: varchar(36).notNull(),
  volume_id: varchar(36).notNull(),
  user_id: varchar(255),
  project_id: varchar(255),
  status: varchar(255),
  progress: varchar(255),
  volume_size: integer(),
  scheduled_at: datetime(),
  display_name: varchar(255),
  display_description: varchar(255),
  deleted: varchar(36),
})

export const snapshotIdMappings = table('snapshot_id_mappings', {
  created_at: datetime(),
  updated_at: datetime(),
  deleted_at: datetime(),
  id: integer().autoIncrement(),
  uuid: varchar(36).notNull(),
  deleted: integer(),
})

export const volumeIdMappings = table('volume_id_mappings', {
  created_at: datetime(),
  updated_at: datetime(),
  deleted_at: datetime(),
  id: integer().autoIncrement(),
  uuid: varchar(36).notNull(),
  deleted: integer(),
})
