import type { FilterOptions } from '../filters/filter.js'
import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'
import { crossCellWeigher, softAffinityWeigher, softAntiAffinityWeigher } from './affinity.js'
import { metricsWeigher, pciWeigher } from './devices.js'
import { imagePropertiesWeigher } from './image-properties.js'
import {
  buildFailureWeigher,
  hypervisorVersionWeigher,
  ioOpsWeigher,
  numInstancesWeigher,
} from './load.js'
import { cpuWeigher, diskWeigher, ramWeigher } from './room.js'
import { type HostWeigher, multiplierOf, type WeigherFactory } from './weigher.js'

export type { HostWeigher, WeigherFactory } from './weigher.js'

/** The weighers there are, by nova's names: `nova.scheduler.weights.all_weighers`. */
export const allWeighers: Readonly<Record<string, WeigherFactory>> = {
  RAMWeigher: ramWeigher,
  CPUWeigher: cpuWeigher,
  DiskWeigher: diskWeigher,
  IoOpsWeigher: ioOpsWeigher,
  MetricsWeigher: metricsWeigher,
  PCIWeigher: pciWeigher,
  ServerGroupSoftAffinityWeigher: softAffinityWeigher,
  ServerGroupSoftAntiAffinityWeigher: softAntiAffinityWeigher,
  BuildFailureWeigher: buildFailureWeigher,
  CrossCellWeigher: crossCellWeigher,
  HypervisorVersionWeigher: hypervisorVersionWeigher,
  NumInstancesWeigher: numInstancesWeigher,
  ImagePropertiesWeigher: imagePropertiesWeigher,
}

export const stockWeighers = (options: FilterOptions): HostWeigher[] =>
  Object.values(allWeighers).map(make => make(options))

/** What one weigher gave one host. */
export type Tell = (weigher: HostWeigher, host: HostState, raw: number, weighed: number) => void

/**
 * The weight of each host: each weigher's values are brought to 0..1 over the list, and summed with
 * their multipliers (contract: scheduler.md 7). One host alone is not weighed.
 *
 * @param tell  is given every part of the sums
 */
export const weightsOf = (
  hosts: readonly HostState[],
  request: SchedulerRequest,
  weighers: readonly HostWeigher[],
  tell?: Tell,
): Float64Array => {
  const count = hosts.length
  const weights = new Float64Array(count)
  if (count < 2) return weights
  const raw = new Float64Array(count)
  for (const weigher of weighers) {
    if (weigher.concerns && !weigher.concerns(request)) continue
    let low = Number.POSITIVE_INFINITY
    let high = Number.NEGATIVE_INFINITY
    for (let at = 0; at < count; at++) {
      const value = weigher.weigh(hosts[at] as HostState, request)
      raw[at] = value
      if (value < low) low = value
      if (value > high) high = value
    }
    const least = weigher.minimum ?? low
    const range = high - least
    if (range <= 0) continue
    for (let at = 0; at < count; at++) {
      const host = hosts[at] as HostState
      const value = raw[at] as number
      const weighed = (multiplierOf(weigher, host) * (Math.max(value, least) - least)) / range
      weights[at] = (weights[at] as number) + weighed
      tell?.(weigher, host, value, weighed)
    }
  }
  return weights
}
