import type { HostState } from '../host-state.js'
import type { HostWeigher, WeigherOptions } from './weigher.js'

/** Spares hosts that are building, resizing or taking snapshots. */
export class IoOpsWeigher implements HostWeigher {
  readonly name = 'IoOpsWeigher'
  readonly minimum = 0
  readonly multiplierKey = 'io_ops_weight_multiplier'
  readonly multiplier: number

  constructor(options: WeigherOptions) {
    this.multiplier = options.ioOps
  }

  weigh(host: HostState): number {
    return host.numIoOps
  }
}
