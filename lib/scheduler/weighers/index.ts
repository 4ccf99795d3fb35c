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
  const asked = weighers.filter(weigher => weigher.concerns?.(request) ?? true)
  const width = asked.length
  const raw = new Float64Array(count * width)
  const low = new Float64Array(width).fill(Number.POSITIVE_INFINITY)
  const high = new Float64Array(width).fill(Number.NEGATIVE_INFINITY)
  // Host by host, for a host is dearer to fetch from memory than a weigher is to call.
  for (let at = 0; at < count; at++) {
    const host = hosts[at] as HostState
    for (let by = 0; by < width; by++) {
      const value = (asked[by] as HostWeigher).weigh(host, request)
      raw[at * width + by] = value
      if (value < (low[by] as number)) low[by] = value
      if (value > (high[by] as number)) high[by] = value
    }
  }
  const useful: number[] = []
  for (let by = 0; by < width; by++) {
    low[by] = asked[by]?.minimum ?? (low[by] as number)
    if ((high[by] as number) > (low[by] as number)) useful.push(by)
  }
  for (let at = 0; at < count; at++) {
    const host = hosts[at] as HostState
    let sum = 0
    for (const by of useful) {
      const weigher = asked[by] as HostWeigher
      const least = low[by] as number
      const value = raw[at * width + by] as number
      const share = (Math.max(value, least) - least) / ((high[by] as number) - least)
      const weighed = multiplierOf(weigher, host) * share
      sum += weighed
      tell?.(weigher, host, value, weighed)
    }
    weights[at] = sum
  }
  return weights
}
