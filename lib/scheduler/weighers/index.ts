import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'
import { BuildFailureWeigher } from './build-failure.js'
import { CPUWeigher } from './cpu.js'
import { DiskWeigher } from './disk.js'
import { IoOpsWeigher } from './io-ops.js'
import { RAMWeigher } from './ram.js'
import {
  ServerGroupSoftAffinityWeigher,
  ServerGroupSoftAntiAffinityWeigher,
} from './server-group-soft-affinity.js'
import { type HostWeigher, multiplierOf, type WeigherOptions } from './weigher.js'

export { defaultMultipliers, type HostWeigher, type WeigherOptions } from './weigher.js'

/** `nova.scheduler.weights.all_weighers`, as far as they are built. */
export const allWeighers = (options: WeigherOptions): HostWeigher[] => [
  new RAMWeigher(options),
  new CPUWeigher(options),
  new DiskWeigher(options),
  new IoOpsWeigher(options),
  new BuildFailureWeigher(options),
  new ServerGroupSoftAffinityWeigher(options),
  new ServerGroupSoftAntiAffinityWeigher(options),
]

/**
 * The hosts, best first: each weigher's values are brought to 0..1 over the list and summed with
 * their multipliers. Hosts of equal weight keep their order (contract: scheduler.md 7).
 */
export const byWeight = (
  hosts: readonly HostState[],
  request: SchedulerRequest,
  weighers: readonly HostWeigher[],
): HostState[] => {
  if (hosts.length < 2) return [...hosts]
  const weights = new Float64Array(hosts.length)
  const raw = new Float64Array(hosts.length)
  for (const weigher of weighers) {
    let low = Number.POSITIVE_INFINITY
    let high = Number.NEGATIVE_INFINITY
    hosts.forEach((host, index) => {
      const value = weigher.weigh(host, request)
      raw[index] = value
      if (value < low) low = value
      if (value > high) high = value
    })
    const least = weigher.minimum ?? low
    const range = high - least
    if (range === 0) continue
    hosts.forEach((host, index) => {
      const value = Math.max(raw[index] ?? 0, least)
      weights[index] =
        (weights[index] ?? 0) + (multiplierOf(weigher, host) * (value - least)) / range
    })
  }
  return hosts
    .map((host, index) => ({ host, weight: weights[index] ?? 0 }))
    .sort((a, b) => b.weight - a.weight)
    .map(({ host }) => host)
}
