import type { HostState } from '../host-state.js'
import type { FilterOptions, HostFilter } from './filter.js'

/** The host's nova-compute is enabled, and was heard of lately. */
export class ComputeFilter implements HostFilter {
  readonly name = 'ComputeFilter'
  readonly runOncePerRequest = true
  readonly runOnRebuild = false
  readonly #downMs: number
  readonly #now: () => number

  constructor(options: FilterOptions) {
    this.#downMs = options.serviceDownTime * 1000
    this.#now = options.now
  }

  hostPasses({ service }: HostState): boolean {
    if (service.disabled || service.forcedDown) return false
    return Math.abs(this.#now() - service.lastSeenUp) <= this.#downMs
  }
}
