import { bigint, boolean, datetime, integer, mediumtext, text, varchar } from '../columns.js'
import { since, table } from '../table.js'

// Disks, volumes, shares.

export const blockDeviceMapping = table(
  'block_device_mapping',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    device_name: varchar(255),
    delete_on_termination: boolean(),
    snapshot_id: varchar(36),
    volume_id: varchar(36),
    volume_size: integer(),
    no_device: boolean(),
    connection_info: mediumtext(),
    instance_uuid: varchar(36),
    deleted: integer(),
    source_type: varchar(255),
    destination_type: varchar(255),
    guest_format: varchar(255),
    device_type: varchar(255),
    disk_bus: varchar(255),
    boot_index: integer(),
    image_id: varchar(36),
    tag: varchar(255),
    attachment_id: varchar(36),
    uuid: varchar(36),
    volume_type: varchar(255),
    encrypted: boolean(),
    encryption_secret_uuid: varchar(36),
    encryption_format: varchar(128),
    encryption_options: varchar(4096),
  },
  {
    uniques: {
      uniq_block_device_mapping0uuid: ['uuid'],
    },
    indexes: {
      block_device_mapping_instance_uuid_device_name_idx: ['instance_uuid', 'device_name'],
      block_device_mapping_instance_uuid_idx: ['instance_uuid'],
      block_device_mapping_instance_uuid_volume_id_idx: ['instance_uuid', 'volume_id'],
      snapshot_id: ['snapshot_id'],
      volume_id: ['volume_id'],
    },
    foreignKeys: {
      block_device_mapping_instance_uuid_fkey: {
        column: 'instance_uuid',
        references: ['instances', 'uuid'],
      },
    },
  },
)

export const volumeUsageCache = table('volume_usage_cache', {
  created_at: datetime(),
  updated_at: datetime(),
  deleted_at: datetime(),
  id: integer().autoIncrement(),
  volume_id: varchar(36).notNull(),
  tot_last_refreshed: datetime(),
  tot_reads: bigint(),
  tot_read_bytes: bigint(),
  tot_writes: bigint(),
  tot_write_bytes: bigint(),
  curr_last_refreshed: datetime(),
  curr_reads: bigint(),
  curr_read_bytes: bigint(),
  curr_writes: bigint(),
  curr_write_bytes: bigint(),
  deleted: integer(),
  instance_uuid: varchar(36),
  project_id: varchar(36),
  user_id: varchar(64),
  availability_zone: varchar(255),
})

export const shareMapping = table(
  'share_mapping',
  {
    created_at: datetime(),
    updated_at: datetime(),
    id: bigint().autoIncrement(),
    uuid: varchar(36),
    instance_uuid: varchar(36),
    share_id: varchar(36),
    status: varchar(32),
    tag: varchar(48),
    export_location: text(),
    share_proto: varchar(32),
  },
  {
    since: '13863f4e1612',
    uniques: {
      uniq_key_pairs0instance_uuid0share_id: since('d60bddf7a903', ['instance_uuid', 'share_id']),
      uniq_key_pairs0instance_uuid0tag: since('d60bddf7a903', ['instance_uuid', 'tag']),
    },
    indexes: {
      share_idx: ['share_id'],
      share_mapping_instance_uuid_share_id_idx: ['instance_uuid', 'share_id'],
    },
    foreignKeys: {
      share_mapping_instance_uuid_fkey: {
        column: 'instance_uuid',
        references: ['instances', 'uuid'],
      },
    },
  },
)
