import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'
import type { FilterOptions, HostFilter } from './filter.js'

/** The zone asked for is one of the host's aggregates'; hosts in none are in the default zone. */
export class AvailabilityZoneFilter implements HostFilter {
  readonly name = 'AvailabilityZoneFilter'
  readonly runOncePerRequest = true
  readonly runOnRebuild = false
  readonly #default: string

  constructor(options: FilterOptions) {
    this.#default = options.defaultAvailabilityZone
  }

  hostPasses(host: HostState, { availabilityZone }: SchedulerRequest): boolean {
    if (availabilityZone === null) return true
    const zones = host.aggregateValues('availability_zone')
    return zones.size > 0 ? zones.has(availabilityZone) : availabilityZone === this.#default
  }
}
