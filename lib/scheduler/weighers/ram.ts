import type { HostState } from '../host-state.js'
import type { HostWeigher, WeigherOptions } from './weigher.js'

/** Prefers hosts with much free memory (or, multiplier below 0, little). */
export class RAMWeigher implements HostWeigher {
  readonly name = 'RAMWeigher'
  readonly minimum = 0
  readonly multiplierKey = 'ram_weight_multiplier'
  readonly multiplier: number

  constructor(options: WeigherOptions) {
    this.multiplier = options.ram
  }

  weigh(host: HostState): number {
    return host.freeRamMb
  }
}
