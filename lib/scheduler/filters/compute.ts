import type { HostState } from '../host-state.js'
import { type FilterFactory, oncePerRequest } from './filter.js'

/** The host's nova-compute is enabled, and was heard of lately. */
export const computeFilter: FilterFactory = ({ conf, now }) => {
  const downMs = conf.DEFAULT.service_down_time * 1000
  const silence = ({ service }: HostState): number => Math.abs(now() - service.lastSeenUp)
  return {
    name: 'ComputeFilter',
    ...oncePerRequest,
    hostPasses: host =>
      !host.service.disabled && !host.service.forcedDown && silence(host) <= downMs,
    why(host) {
      if (host.service.disabled) return 'nova-compute is disabled'
      if (host.service.forcedDown) return 'nova-compute is forced down'
      return `nova-compute was last heard of ${Math.round(silence(host) / 1000)} s ago`
    },
  }
}
