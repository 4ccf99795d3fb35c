import { differentHostFilter, sameHostFilter, simpleCIDRAffinityFilter } from './affinity-hints.js'
import { aggregateInstanceExtraSpecsFilter } from './aggregate-extra-specs.js'
import { aggregateImagePropertiesIsolation } from './aggregate-image-properties.js'
import { aggregateMultiTenancyIsolation } from './aggregate-multitenancy.js'
import { aggregateTypeAffinityFilter } from './aggregate-type-affinity.js'
import { allHostsFilter } from './all-hosts.js'
import { availabilityZoneFilter } from './availability-zone.js'
import { computeFilter } from './compute.js'
import { computeCapabilitiesFilter } from './compute-capabilities.js'
import type { FilterFactory } from './filter.js'
import { imagePropertiesFilter } from './image-properties.js'
import { isolatedHostsFilter } from './isolated-hosts.js'
import { jsonFilter } from './json.js'
import { metricsFilter } from './metrics.js'
import { numaTopologyFilter } from './numa-topology.js'
import { pciPassthroughFilter } from './pci-passthrough.js'
import {
  aggregateIoOpsFilter,
  aggregateNumInstancesFilter,
  ioOpsFilter,
  numInstancesFilter,
} from './per-host-limit.js'
import { retryFilter } from './retry.js'
import {
  aggregateCoreFilter,
  aggregateDiskFilter,
  aggregateRamFilter,
  coreFilter,
  diskFilter,
  exactCoreFilter,
  exactDiskFilter,
  exactRamFilter,
  ramFilter,
} from './room.js'
import {
  groupAffinityFilter,
  groupAntiAffinityFilter,
  serverGroupAffinityFilter,
  serverGroupAntiAffinityFilter,
} from './server-group-affinity.js'
import { trustedFilter } from './trusted.js'
import { typeAffinityFilter } from './type-affinity.js'

export type { FilterFactory, FilterOptions, HostFilter, SchedulerConf } from './filter.js'
export { availabilityZoneFilter }

/** The filters there are, by nova's names: `nova.scheduler.filters.all_filters`. */
export const allFilters: Readonly<Record<string, FilterFactory>> = {
  AggregateImagePropertiesIsolation: aggregateImagePropertiesIsolation,
  AggregateInstanceExtraSpecsFilter: aggregateInstanceExtraSpecsFilter,
  AggregateIoOpsFilter: aggregateIoOpsFilter,
  AggregateMultiTenancyIsolation: aggregateMultiTenancyIsolation,
  AggregateNumInstancesFilter: aggregateNumInstancesFilter,
  AggregateTypeAffinityFilter: aggregateTypeAffinityFilter,
  AllHostsFilter: allHostsFilter,
  ComputeCapabilitiesFilter: computeCapabilitiesFilter,
  ComputeFilter: computeFilter,
  DifferentHostFilter: differentHostFilter,
  ImagePropertiesFilter: imagePropertiesFilter,
  IoOpsFilter: ioOpsFilter,
  IsolatedHostsFilter: isolatedHostsFilter,
  JsonFilter: jsonFilter,
  MetricsFilter: metricsFilter,
  NUMATopologyFilter: numaTopologyFilter,
  NumInstancesFilter: numInstancesFilter,
  PciPassthroughFilter: pciPassthroughFilter,
  SameHostFilter: sameHostFilter,
  ServerGroupAffinityFilter: serverGroupAffinityFilter,
  ServerGroupAntiAffinityFilter: serverGroupAntiAffinityFilter,
  SimpleCIDRAffinityFilter: simpleCIDRAffinityFilter,
  // Of earlier releases: a nova.conf that names them goes on to work.
  AggregateCoreFilter: aggregateCoreFilter,
  AggregateDiskFilter: aggregateDiskFilter,
  AggregateRamFilter: aggregateRamFilter,
  AvailabilityZoneFilter: availabilityZoneFilter,
  CoreFilter: coreFilter,
  DiskFilter: diskFilter,
  ExactCoreFilter: exactCoreFilter,
  ExactDiskFilter: exactDiskFilter,
  ExactRamFilter: exactRamFilter,
  GroupAffinityFilter: groupAffinityFilter,
  GroupAntiAffinityFilter: groupAntiAffinityFilter,
  RamFilter: ramFilter,
  RetryFilter: retryFilter,
  TrustedFilter: trustedFilter,
  TypeAffinityFilter: typeAffinityFilter,
}
