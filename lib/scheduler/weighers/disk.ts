import type { HostState } from '../host-state.js'
import type { HostWeigher, WeigherOptions } from './weigher.js'

/** Prefers hosts with much free disk. */
export class DiskWeigher implements HostWeigher {
  readonly name = 'DiskWeigher'
  readonly minimum = 0
  readonly multiplierKey = 'disk_weight_multiplier'
  readonly multiplier: number

  constructor(options: WeigherOptions) {
    this.multiplier = options.disk
  }

  weigh(host: HostState): number {
    return host.freeDiskMb
  }
}
