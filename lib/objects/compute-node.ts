import {
  dictOf,
  float,
  integer,
  ipAddress,
  listOf,
  novaObject,
  novaObjectList,
  object,
  string,
  uuid,
} from './base/index.js'
import { HVSpec } from './hv-spec.js'
import { PciDevicePoolList } from './pci-device-pool.js'
import { persistentFields } from './persistent.js'

export class ComputeNode extends novaObject('ComputeNode', '1.19', {
  id: integer({ readOnly: true }),
  uuid: uuid({ readOnly: true, since: '1.15' }),
  service_id: integer({ nullable: true }),
  host: string({ nullable: true, since: '1.7' }),
  vcpus: integer(),
  memory_mb: integer(),
  local_gb: integer(),
  vcpus_used: integer(),
  memory_mb_used: integer(),
  local_gb_used: integer(),
  hypervisor_type: string(),
  hypervisor_version: integer(),
  hypervisor_hostname: string({ nullable: true }),
  free_ram_mb: integer({ nullable: true }),
  free_disk_gb: integer({ nullable: true }),
  current_workload: integer({ nullable: true }),
  running_vms: integer({ nullable: true }),
  cpu_info: string({ nullable: true }),
  disk_available_least: integer({ nullable: true }),
  metrics: string({ nullable: true }),
  stats: dictOf(string({ nullable: true }))({ nullable: true, since: '1.3' }),
  host_ip: ipAddress({ nullable: true, since: '1.4' }),
  numa_topology: string({ nullable: true, since: '1.5' }),
  supported_hv_specs: listOf(object(() => HVSpec)())({ since: '1.6' }),
  pci_device_pools: object(() => PciDevicePoolList)({ nullable: true, since: '1.9' }),
  cpu_allocation_ratio: float({ since: '1.14' }),
  ram_allocation_ratio: float({ since: '1.14' }),
  disk_allocation_ratio: float({ since: '1.16' }),
  mapped: integer({ since: '1.17' }),
  ...persistentFields(),
}) {}

export class ComputeNodeList extends novaObjectList('ComputeNodeList', '1.17', () => ComputeNode) {}
