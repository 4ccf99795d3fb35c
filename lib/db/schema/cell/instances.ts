import {
  bigint,
  boolean,
  datetime,
  enumeration,
  integer,
  mediumtext,
  text,
  varchar,
} from '../columns.js'
import { since, table, until } from '../table.js'

// Instances and what hangs on one by its uuid.

export const instances = table(
  'instances',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    internal_id: integer(),
    user_id: varchar(255),
    project_id: varchar(255),
    image_ref: varchar(255),
    kernel_id: varchar(255),
    ramdisk_id: varchar(255),
    launch_index: integer(),
    key_name: varchar(255),
    key_data: mediumtext(),
    power_state: integer(),
    vm_state: varchar(255),
    memory_mb: integer(),
    vcpus: integer(),
    hostname: varchar(255),
    host: varchar(255),
    user_data: mediumtext(),
    reservation_id: varchar(255),
    launched_at: datetime(),
    terminated_at: datetime(),
    display_name: varchar(255),
    display_description: varchar(255),
    availability_zone: varchar(255),
    locked: boolean(),
    os_type: varchar(255),
    launched_on: mediumtext(),
    instance_type_id: integer(),
    vm_mode: varchar(255),
    uuid: varchar(36).notNull(),
    architecture: varchar(255),
    root_device_name: varchar(255),
    access_ip_v4: varchar(39),
    access_ip_v6: varchar(39),
    config_drive: varchar(255),
    task_state: varchar(255),
    default_ephemeral_device: varchar(255),
    default_swap_device: varchar(255),
    progress: integer(),
    auto_disk_config: boolean(),
    shutdown_terminate: boolean(),
    disable_terminate: boolean(),
    root_gb: integer(),
    ephemeral_gb: integer(),
    cell_name: varchar(255),
    node: varchar(255),
    deleted: integer(),
    locked_by: enumeration('owner', 'admin'),
    cleaned: integer(),
    ephemeral_key_uuid: varchar(36),
    hidden: boolean(),
    compute_id: bigint().since('1acf2c98e646'),
  },
  {
    uniques: {
      uniq_instances0uuid: ['uuid'],
      uuid: until('960aac0e09ea', ['uuid']),
    },
    indexes: {
      instances_compute_id_deleted_idx: since('1acf2c98e646', ['compute_id', 'deleted']),
      instances_deleted_created_at_idx: ['deleted', 'created_at'],
      instances_host_deleted_cleaned_idx: ['host', 'deleted', 'cleaned'],
      instances_host_node_deleted_idx: ['host', 'node', 'deleted'],
      instances_project_id_deleted_idx: ['project_id', 'deleted'],
      instances_project_id_idx: ['project_id'],
      instances_reservation_id_idx: ['reservation_id'],
      instances_task_state_updated_at_idx: ['task_state', 'updated_at'],
      instances_terminated_at_launched_at_idx: ['terminated_at', 'launched_at'],
      instances_updated_at_project_id_idx: ['updated_at', 'project_id'],
      instances_uuid_deleted_idx: ['uuid', 'deleted'],
    },
  },
)

export const instanceExtra = table(
  'instance_extra',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    deleted: integer(),
    id: integer().autoIncrement(),
    instance_uuid: varchar(36).notNull(),
    numa_topology: text(),
    pci_requests: text(),
    flavor: text(),
    vcpu_model: text(),
    migration_context: text(),
    keypairs: text(),
    device_metadata: text(),
    trusted_certs: text(),
    vpmems: text(),
    resources: text(),
  },
  {
    indexes: {
      instance_extra_idx: ['instance_uuid'],
    },
    foreignKeys: {
      instance_extra_instance_uuid_fkey: {
        column: 'instance_uuid',
        references: ['instances', 'uuid'],
      },
    },
  },
)

export const instanceInfoCaches = table(
  'instance_info_caches',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    network_info: mediumtext(),
    instance_uuid: varchar(36).notNull(),
    deleted: integer(),
  },
  {
    uniques: {
      uniq_instance_info_caches0instance_uuid: ['instance_uuid'],
    },
    foreignKeys: {
      instance_info_caches_instance_uuid_fkey: {
        column: 'instance_uuid',
        references: ['instances', 'uuid'],
      },
    },
  },
)

export const instanceMetadata = table(
  'instance_metadata',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    key: varchar(255),
    value: varchar(255),
    instance_uuid: varchar(36),
    deleted: integer(),
  },
  {
    indexes: {
      instance_metadata_instance_uuid_idx: ['instance_uuid'],
    },
    foreignKeys: {
      instance_metadata_instance_uuid_fkey: {
        column: 'instance_uuid',
        references: ['instances', 'uuid'],
      },
    },
  },
)

export const instanceSystemMetadata = table(
  'instance_system_metadata',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    instance_uuid: varchar(36).notNull(),
    key: varchar(255).notNull(),
    value: varchar(255),
    deleted: integer(),
  },
  {
    indexes: {
      instance_uuid: ['instance_uuid'],
    },
    foreignKeys: {
      instance_system_metadata_ibfk_1: {
        column: 'instance_uuid',
        references: ['instances', 'uuid'],
      },
    },
  },
)

export const instanceFaults = table(
  'instance_faults',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    instance_uuid: varchar(36),
    code: integer().notNull(),
    message: varchar(255),
    details: mediumtext(),
    host: varchar(255),
    deleted: integer(),
  },
  {
    indexes: {
      instance_faults_host_idx: ['host'],
      instance_faults_instance_uuid_deleted_created_at_idx: [
        'instance_uuid',
        'deleted',
        'created_at',
      ],
    },
    foreignKeys: {
      fk_instance_faults_instance_uuid: {
        column: 'instance_uuid',
        references: ['instances', 'uuid'],
      },
    },
  },
)

export const instanceIdMappings = table(
  'instance_id_mappings',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    uuid: varchar(36).notNull(),
    deleted: integer(),
  },
  {
    indexes: {
      ix_instance_id_mappings_uuid: ['uuid'],
    },
  },
)

export const tags = table(
  'tags',
  {
    resource_id: varchar(36).notNull(),
    tag: varchar(80).notNull(),
  },
  {
    primaryKey: ['resource_id', 'tag'],
    indexes: {
      tags_tag_idx: ['tag'],
    },
  },
)
