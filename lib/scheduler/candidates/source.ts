import type { RequestContext } from '../../context/index.js'
import type { RequestSpec } from '../../objects/index.js'
import type { AllocationRequest } from '../../placement/allocations.js'
import type { Audit } from '../audit.js'
import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'
import type { Resources } from '../resources.js'

/** One call of `select_destinations`. */
export interface AskedCandidates {
  readonly context: RequestContext
  readonly spec: RequestSpec
  readonly request: SchedulerRequest
  /** What one server takes of its host. */
  readonly resources: Resources
}

/**
 * Says which hosts have room for a request and stand where it may go, and what to claim there: Placement, or what
 * stands in for it. Filters and weighers come after.
 */
export interface CandidateSource {
  open(asked: AskedCandidates): Candidates
}

/** The candidates of one request, for all of its servers. */
export interface Candidates {
  /**
   * @param hosts  those that there are
   * @param request  for the server whose turn it is
   * @param fresh  what is known from earlier is not enough
   * @throws RequestFilterFailed
   */
  find(
    hosts: readonly HostState[],
    request: SchedulerRequest,
    options?: { readonly fresh?: boolean; readonly audit?: Audit },
  ): Promise<readonly HostState[]>
  /** Whether a server may still be put there, as far as is known here; the claim has the last word. */
  hasRoom(host: HostState): boolean
  /** @returns null when nothing is to be claimed */
  requestFor(host: HostState): AllocationRequest | null
}

/** The Placement microversion whose documents our allocation requests follow. */
export const ALLOCATION_VERSION = '1.36'
