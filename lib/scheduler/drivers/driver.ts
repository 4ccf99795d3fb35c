import type { Audit } from '../audit.js'
import type { InstanceFact } from '../filters/filter.js'
import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'

/** How a host is chosen among those with room: `[scheduler] driver`. */
export interface SchedulerDriver {
  readonly name: string
  /** What must be known of the instances on hosts. */
  readonly needs: readonly InstanceFact[]
  /** What takes another service is asked here, before. */
  prepare?(hosts: readonly HostState[], request: SchedulerRequest): Promise<void>
  /**
   * @param first  whether this is the first instance of the request
   * @returns the hosts in the order in which they are to be tried
   */
  rank(
    hosts: readonly HostState[],
    request: SchedulerRequest,
    first: boolean,
    audit?: Audit,
  ): Iterable<HostState>
}
