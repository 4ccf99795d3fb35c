import type { AllocationRequest } from '../../placement/allocations.js'
import { candidates } from '../choose.js'
import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'
import type { RequestFilter } from '../request-filters/index.js'
import type { AskedCandidates, CandidateSource, Candidates } from './source.js'

/** Where there is no Placement: what is remembered of hosts tells their room, and claims correct it. */
export class DatabaseCandidates implements CandidateSource {
  readonly #filters: readonly RequestFilter[]

  /** @param filters  nova's request filters, asked of each host */
  constructor(filters: readonly RequestFilter[]) {
    this.#filters = filters
  }

  open({ resources }: AskedCandidates): Candidates {
    return {
      find: async (hosts, request: SchedulerRequest, { audit } = {}) =>
        candidates(hosts, request, resources, this.#filters, audit),
      hasRoom: host => host.hasRoomFor(resources),
      requestFor: ({ uuid }: HostState): AllocationRequest => ({
        allocations: { [uuid]: { resources } },
        mappings: { '': [uuid] },
      }),
    }
  }
}
