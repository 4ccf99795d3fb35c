import type { HostState } from '../host-state.js'
import type { HostWeigher, WeigherOptions } from './weigher.js'

/** Hosts whose last builds failed come last. */
export class BuildFailureWeigher implements HostWeigher {
  readonly name = 'BuildFailureWeigher'
  readonly multiplierKey = 'build_failure_weight_multiplier'
  readonly multiplier: number

  constructor(options: WeigherOptions) {
    this.multiplier = -options.buildFailure
  }

  weigh(host: HostState): number {
    return host.failedBuilds
  }
}
