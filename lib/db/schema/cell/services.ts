import { boolean, datetime, float, integer, mediumtext, text, varchar } from '../columns.js'
import { table } from '../table.js'

// Hosts: services, compute nodes, their devices, their audit.

export const services = table(
  'services',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    host: varchar(255),
    binary: varchar(255),
    topic: varchar(255),
    report_count: integer().notNull(),
    disabled: boolean(),
    deleted: integer(),
    disabled_reason: varchar(255),
    last_seen_up: datetime(),
    forced_down: boolean(),
    version: integer(),
    uuid: varchar(36),
  },
  {
    uniques: {
      services_uuid_idx: ['uuid'],
      uniq_services0host0binary0deleted: ['host', 'binary', 'deleted'],
      uniq_services0host0topic0deleted: ['host', 'topic', 'deleted'],
    },
  },
)

export const computeNodes = table(
  'compute_nodes',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    service_id: integer(),
    vcpus: integer().notNull(),
    memory_mb: integer().notNull(),
    local_gb: integer().notNull(),
    vcpus_used: integer().notNull(),
    memory_mb_used: integer().notNull(),
    local_gb_used: integer().notNull(),
    hypervisor_type: mediumtext().notNull(),
    hypervisor_version: integer().notNull(),
    cpu_info: mediumtext().notNull(),
    disk_available_least: integer(),
    free_ram_mb: integer(),
    free_disk_gb: integer(),
    current_workload: integer(),
    running_vms: integer(),
    hypervisor_hostname: varchar(255),
    deleted: integer(),
    host_ip: varchar(39),
    supported_instances: text(),
    pci_stats: text(),
    metrics: text(),
    extra_resources: text(),
    stats: text(),
    numa_topology: text(),
    host: varchar(255),
    ram_allocation_ratio: float(),
    cpu_allocation_ratio: float(),
    uuid: varchar(36),
    disk_allocation_ratio: float(),
    mapped: integer(),
  },
  {
    uniques: {
      compute_nodes_uuid_idx: ['uuid'],
      uniq_compute_nodes0host0hypervisor_hostname0deleted: [
        'host',
        'hypervisor_hostname',
        'deleted',
      ],
    },
  },
)

export const pciDevices = table(
  'pci_devices',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    deleted: integer(),
    id: integer().autoIncrement(),
    compute_node_id: integer().notNull(),
    address: varchar(12).notNull(),
    product_id: varchar(4).notNull(),
    vendor_id: varchar(4).notNull(),
    dev_type: varchar(8).notNull(),
    dev_id: varchar(255),
    label: varchar(255).notNull(),
    status: varchar(36).notNull(),
    extra_info: text(),
    instance_uuid: varchar(36),
    request_id: varchar(36),
    numa_node: integer(),
    parent_addr: varchar(12),
    uuid: varchar(36),
  },
  {
    uniques: {
      uniq_pci_devices0compute_node_id0address0deleted: ['compute_node_id', 'address', 'deleted'],
    },
    indexes: {
      ix_pci_devices_compute_node_id_deleted: ['compute_node_id', 'deleted'],
      ix_pci_devices_compute_node_id_parent_addr_deleted: [
        'compute_node_id',
        'parent_addr',
        'deleted',
      ],
      ix_pci_devices_instance_uuid_deleted: ['instance_uuid', 'deleted'],
    },
    foreignKeys: {
      pci_devices_compute_node_id_fkey: {
        column: 'compute_node_id',
        references: ['compute_nodes', 'id'],
      },
    },
  },
)

export const taskLog = table(
  'task_log',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    task_name: varchar(255).notNull(),
    state: varchar(255).notNull(),
    host: varchar(255).notNull(),
    period_beginning: datetime().notNull(),
    period_ending: datetime().notNull(),
    message: varchar(255).notNull(),
    task_items: integer(),
    errors: integer(),
    deleted: integer(),
  },
  {
    uniques: {
      uniq_task_log0task_name0host0period_beginning0period_ending: [
        'task_name',
        'host',
        'period_beginning',
        'period_ending',
      ],
    },
    indexes: {
      ix_task_log_host: ['host'],
      ix_task_log_period_beginning: ['period_beginning'],
      ix_task_log_period_ending: ['period_ending'],
    },
  },
)
