import type { HostState } from '../host-state.js'
import { type FilterFactory, oncePerRequest } from './filter.js'

/** The zone asked for is one of the host's aggregates'; hosts in none are in the default zone. */
export const availabilityZoneFilter: FilterFactory = ({ conf }) => {
  const unnamed = conf.DEFAULT.default_availability_zone
  const zonesOf = (host: HostState): ReadonlySet<string> =>
    host.aggregateValues('availability_zone')
  return {
    name: 'AvailabilityZoneFilter',
    ...oncePerRequest,
    concerns: ({ availabilityZone }) => availabilityZone !== null,
    hostPasses(host, { availabilityZone }) {
      if (availabilityZone === null) return true
      const zones = zonesOf(host)
      return zones.size > 0 ? zones.has(availabilityZone) : availabilityZone === unnamed
    },
    why: (host, { availabilityZone }) =>
      `in zone ${[...zonesOf(host)].join(', ') || unnamed}, not in ${availabilityZone}`,
  }
}
