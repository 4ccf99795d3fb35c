import type { HostState } from '../host-state.js'
import { type FilterFactory, oncePerRequest } from './filter.js'

/** The host's nova-compute is enabled, and was heard of lately. */
export const computeFilter: FilterFactory = ({ conf, now }) => {
  const downMs = conf.DEFAULT.service_down_time * 1000
  // One look at the clock for all hosts of a request.
  let asked: object | undefined
  let at = 0
  const silence = ({ service }: HostState, request: object): number => {
    if (request !== asked) {
      asked = request
      at = now()
    }
    return Math.abs(at - service.lastSeenUp)
  }
  return {
    name: 'ComputeFilter',
    ...oncePerRequest,
    hostPasses: (host, request) =>
      !host.service.disabled && !host.service.forcedDown && silence(host, request) <= downMs,
    why(host, request) {
      if (host.service.disabled) return 'nova-compute is disabled'
      if (host.service.forcedDown) return 'nova-compute is forced down'
      return `nova-compute was last heard of ${Math.round(silence(host, request) / 1000)} s ago`
    },
  }
}
