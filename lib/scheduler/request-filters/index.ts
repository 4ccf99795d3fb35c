import { tenantsOf } from '../filters/aggregate-multitenancy.js'
import { availabilityZoneFilter } from '../filters/availability-zone.js'
import type { FilterOptions } from '../filters/filter.js'
import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'

/**
 * One of nova's request filters that speak of aggregates. nova has them narrow what Placement is asked
 * for; here they narrow the hosts before the filters of `enabled_filters` do.
 */
export interface RequestFilter {
  readonly name: string
  concerns?(request: SchedulerRequest, hosts: readonly HostState[]): boolean
  hostPasses(host: HostState, request: SchedulerRequest): boolean
  why(host: HostState, request: SchedulerRequest): string
}

/** Those that `[scheduler]` switches on, in nova's order. */
export const requestFilters = (options: FilterOptions): readonly RequestFilter[] => {
  const { scheduler } = options.conf
  return [
    ...(scheduler.limit_tenants_to_placement_aggregate
      ? [tenantAggregate(scheduler.placement_aggregate_required_for_tenants)]
      : []),
    ...(scheduler.query_placement_for_availability_zone ? [zone(options)] : []),
    ...(scheduler.enable_isolated_aggregate_filtering ? [isolatedAggregates] : []),
  ]
}

const zone = (options: FilterOptions): RequestFilter => {
  const filter = availabilityZoneFilter(options)
  return {
    name: 'map_az_to_placement_aggregate',
    concerns: ({ availabilityZone }) => availabilityZone !== null,
    hostPasses: (host, request) => filter.hostPasses(host, request),
    why: (host, request) => filter.why?.(host, request) ?? '',
  }
}

/** A project that aggregates name stays on their hosts. */
const tenantAggregate = (isRequired: boolean): RequestFilter => ({
  name: 'require_tenant_aggregate',
  concerns: (request, hosts) => isRequired || hosts.some(host => isTenant(host, request)),
  hostPasses: isTenant,
  why: () => 'is in no aggregate that names the project',
})

const isTenant = (host: HostState, { projectId }: SchedulerRequest): boolean =>
  projectId !== null && tenantsOf(host).has(projectId)

const TRAIT = /^trait\w*:(.+)$/

/** Aggregates that say `trait:X=required` take only servers that require X. */
const isolatedAggregates: RequestFilter = {
  name: 'isolate_aggregates',
  hostPasses: (host, request) => missing(host, request) === undefined,
  why: (host, request) => `an aggregate is for servers that require ${missing(host, request)}`,
}

const missing = (
  host: HostState,
  { flavor, imageProperties }: SchedulerRequest,
): string | undefined =>
  host.aggregateSet.keys.find(key => {
    const trait = TRAIT.exec(key)?.[1]
    if (trait === undefined || !host.aggregateValues(key).has('required')) return false
    if (flavor.extraSpecs[`trait:${trait}`] === 'required') return false
    const ofImage = imageProperties.traits_required
    return !(Array.isArray(ofImage) && ofImage.includes(trait))
  })
