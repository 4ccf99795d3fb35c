import { float, integer, novaObject, object } from './base/index.js'
import { NetworkMetadata } from './network-metadata.js'

export class NUMATopologyLimits extends novaObject('NUMATopologyLimits', '1.1', {
  cpu_allocation_ratio: float(),
  ram_allocation_ratio: float(),
  network_metadata: object(() => NetworkMetadata)({ since: '1.1' }),
}) {}

export class SchedulerLimits extends novaObject('SchedulerLimits', '1.0', {
  numa_topology: object(() => NUMATopologyLimits)({ nullable: true, default: null }),
  vcpu: integer({ nullable: true, default: null }),
  disk_gb: integer({ nullable: true, default: null }),
  memory_mb: integer({ nullable: true, default: null }),
}) {}
