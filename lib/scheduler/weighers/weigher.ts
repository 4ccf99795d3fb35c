import type { FilterOptions, InstanceFact } from '../filters/filter.js'
import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'

/** One preference among the hosts that are left, under nova's name. */
export interface HostWeigher {
  readonly name: string
  /** Fixed lower bound of the normalisation; undefined: the least of the list. */
  readonly minimum?: number
  /** Aggregate metadata key that overrides the multiplier. */
  readonly multiplierKey?: string
  /** From the configuration; below 0: little is preferred. */
  readonly multiplier: number
  /** Much is bad, whoever says the multiplier. */
  readonly isCost?: boolean
  weigh(host: HostState, request: SchedulerRequest): number
  /** False: all hosts weigh the same. Without it, each is asked. */
  concerns?(request: SchedulerRequest): boolean
  readonly needs?: readonly InstanceFact[]
}

export type WeigherFactory = (options: FilterOptions) => HostWeigher

/** The host's own multiplier: the least that its aggregates say, else the configured one. */
export const multiplierOf = (weigher: HostWeigher, host: HostState): number => {
  const { multiplier, multiplierKey, isCost = false } = weigher
  const said =
    multiplierKey === undefined || !host.aggregateSet.saysMultipliers
      ? null
      : host.aggregateMinimum(multiplierKey)
  const value = said ?? multiplier
  return isCost ? -value : value
}
