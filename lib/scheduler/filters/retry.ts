import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'
import { type FilterFactory, oncePerRequest } from './filter.js'

/** Whether the request was tried on this node before. */
export const wasTried = (host: HostState, { retry }: SchedulerRequest): boolean =>
  retry.some(
    ({ host: name, node }) => name === host.host && (node ?? host.nodename) === host.nodename,
  )

/** Nodes that were tried before are not tried again. */
export const retryFilter: FilterFactory = () => ({
  name: 'RetryFilter',
  ...oncePerRequest,
  concerns: ({ retry }) => retry.length > 0,
  hostPasses: (host, request) => !wasTried(host, request),
  why: () => 'was tried before',
})
