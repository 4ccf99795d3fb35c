import type { HostFilter } from './filter.js'

export class AllHostsFilter implements HostFilter {
  readonly name = 'AllHostsFilter'
  readonly runOncePerRequest = true
  readonly runOnRebuild = false

  hostPasses(): boolean {
    return true
  }
}
