import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'

/** One preference among the hosts that are left. A class a weigher, under nova's name. */
export interface HostWeigher {
  readonly name: string
  /** Fixed lower bound of the normalisation; undefined: the least of the list. */
  readonly minimum?: number
  /** Aggregate metadata key that overrides the multiplier. */
  readonly multiplierKey: string
  /** From the configuration; negative: prefer little. */
  readonly multiplier: number
  weigh(host: HostState, request: SchedulerRequest): number
}

export interface WeigherOptions {
  readonly ram: number
  readonly cpu: number
  readonly disk: number
  readonly ioOps: number
  readonly buildFailure: number
  readonly softAffinity: number
  readonly softAntiAffinity: number
}

/** Defaults of `[filter_scheduler] *_weight_multiplier`. */
export const defaultMultipliers: WeigherOptions = {
  ram: 1,
  cpu: 1,
  disk: 1,
  ioOps: -1,
  buildFailure: 1_000_000,
  softAffinity: 1,
  softAntiAffinity: 1,
}

/** The host's own multiplier: the least that its aggregates say, else the configured one. */
export const multiplierOf = (weigher: HostWeigher, host: HostState): number => {
  if (host.aggregates.length === 0) return weigher.multiplier
  const said = [...host.aggregateValues(weigher.multiplierKey)].map(Number).filter(Number.isFinite)
  return said.length > 0 ? Math.min(...said) : weigher.multiplier
}
