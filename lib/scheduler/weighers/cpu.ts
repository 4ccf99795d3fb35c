import type { HostState } from '../host-state.js'
import type { HostWeigher, WeigherOptions } from './weigher.js'

/** Prefers hosts with many virtual CPUs left. */
export class CPUWeigher implements HostWeigher {
  readonly name = 'CPUWeigher'
  readonly minimum = 0
  readonly multiplierKey = 'cpu_weight_multiplier'
  readonly multiplier: number

  constructor(options: WeigherOptions) {
    this.multiplier = options.cpu
  }

  weigh(host: HostState): number {
    return host.vcpusTotal * host.cpuAllocationRatio - host.vcpusUsed
  }
}
