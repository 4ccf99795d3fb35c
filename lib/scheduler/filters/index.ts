import { SchedulerHostFilterNotFound } from '../../exception/index.js'
import { AllHostsFilter } from './all-hosts.js'
import { AvailabilityZoneFilter } from './availability-zone.js'
import { ComputeFilter } from './compute.js'
import { ComputeCapabilitiesFilter } from './compute-capabilities.js'
import type { FilterOptions, HostFilter } from './filter.js'
import { ImagePropertiesFilter } from './image-properties.js'
import {
  ServerGroupAffinityFilter,
  ServerGroupAntiAffinityFilter,
} from './server-group-affinity.js'

export type { FilterOptions, HostFilter } from './filter.js'
export {
  AllHostsFilter,
  AvailabilityZoneFilter,
  ComputeCapabilitiesFilter,
  ComputeFilter,
  ImagePropertiesFilter,
  ServerGroupAffinityFilter,
  ServerGroupAntiAffinityFilter,
}

/** The filters there are, by nova's names: `[filter_scheduler] available_filters`. */
export const allFilters: Readonly<Record<string, (options: FilterOptions) => HostFilter>> = {
  AllHostsFilter: () => new AllHostsFilter(),
  AvailabilityZoneFilter: options => new AvailabilityZoneFilter(options),
  ComputeFilter: options => new ComputeFilter(options),
  ComputeCapabilitiesFilter: () => new ComputeCapabilitiesFilter(),
  ImagePropertiesFilter: options => new ImagePropertiesFilter(options),
  ServerGroupAffinityFilter: () => new ServerGroupAffinityFilter(),
  ServerGroupAntiAffinityFilter: () => new ServerGroupAntiAffinityFilter(),
}

/**
 * `[filter_scheduler] enabled_filters`, in their order.
 *
 * @throws SchedulerHostFilterNotFound naming the first that is none
 */
export const filtersNamed = (names: readonly string[], options: FilterOptions): HostFilter[] =>
  names.map(name => {
    const make = allFilters[name]
    if (!make) throw new SchedulerHostFilterNotFound({ filter_name: name })
    return make(options)
  })
