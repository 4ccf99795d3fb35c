import type { RequestContext } from '../../context/index.js'
import {
  NoValidHost,
  PlacementAPIConnectFailure,
  RequestFilterFailed,
} from '../../exception/index.js'
import type { Log } from '../../log/log.js'
import type { AllocationRequest } from '../../placement/allocations.js'
import { documentOf, type PlacementClient, PlacementFault } from '../../placement/client.js'
import { isRecord } from '../../util/is-record.js'
import type { Audit } from '../audit.js'
import { cellOf, naming } from '../choose.js'
import type { HostState } from '../host-state.js'
import { isRebuild, type SchedulerRequest } from '../request.js'
import { applyRequestFilters, type NarrowingParts } from './narrowings.js'
import { ResourceRequest } from './resource-request.js'
import {
  ALLOCATION_VERSION,
  type AskedCandidates,
  type CandidateSource,
  type Candidates,
} from './source.js'

export interface PlacementCandidatesParts extends NarrowingParts {
  readonly client: PlacementClient
  readonly log: Log
}

/** Node's uuid → what may be claimed there, in Placement's order. */
type RequestsByProvider = ReadonlyMap<string, readonly AllocationRequest[]>

/** Hints whose filters must see every host there is: no limit to what is asked for (as nova has it). */
const unlimited = ['group', 'same_host', 'different_host']

/** Placement says who has room: `GET /allocation_candidates` (contract: scheduler.md 3). */
export class PlacementCandidates implements CandidateSource {
  readonly #parts: PlacementCandidatesParts

  constructor(parts: PlacementCandidatesParts) {
    this.#parts = parts
  }

  open(asked: AskedCandidates): Candidates {
    return new AskedOfPlacement(this.#parts, asked)
  }
}

/** One question serves all servers of a request; where its answer does not do, it is asked once more. */
class AskedOfPlacement implements Candidates {
  readonly #parts: PlacementCandidatesParts
  readonly #asked: AskedCandidates
  #found: RequestsByProvider | undefined
  /** An answer that names nobody says the same if it is asked again; one that was not asked, does not. */
  #isFinal = false

  constructor(parts: PlacementCandidatesParts, asked: AskedCandidates) {
    this.#parts = parts
    this.#asked = asked
  }

  async find(
    hosts: readonly HostState[],
    request: SchedulerRequest,
    { fresh = false, audit }: { readonly fresh?: boolean; readonly audit?: Audit } = {},
  ): Promise<readonly HostState[]> {
    const possible = inReach(hosts, request, audit)
    // It is there already, with all that it uses.
    if (isRebuild(request)) return possible
    if (!this.#found || (fresh && !this.#isFinal)) this.#found = await this.#ask(possible, fresh)
    const found = this.#found
    return possible.filter(host => {
      if (found.has(host.uuid)) return true
      audit?.dropped(host, 'Placement', () => 'is no allocation candidate')
      return false
    })
  }

  hasRoom(): boolean {
    return true
  }

  requestFor({ uuid }: HostState): AllocationRequest | null {
    return this.#found?.get(uuid)?.[0] ?? null
  }

  /** @throws NoValidHost when Placement does not say, or a host is named that there is not */
  async #ask(possible: readonly HostState[], fresh: boolean): Promise<RequestsByProvider> {
    const { context, request } = this.#asked
    const isNamed = naming(request) !== null
    if (isNamed && possible.length === 0) {
      if (!fresh) return new Map()
      const { destination, forceHosts, forceNodes } = request
      const host = destination?.host ?? forceHosts[0] ?? 'None'
      const node = destination?.node ?? forceNodes[0] ?? 'None'
      throw new NoValidHost({ reason: `No such host - host: ${host} node: ${node} ` })
    }
    const asked = await this.#resources(true)
    const found = new Map<string, AllocationRequest[]>()
    await this.#query(context, asked, possible, isNamed, found)
    const { workarounds } = this.#parts.conf
    if (asked.asksForPinnedCpus && !workarounds.disable_fallback_pcpu_query) {
      // Hosts that were not yet told which of their CPUs are for one guest each.
      await this.#query(context, await this.#resources(false), possible, isNamed, found)
    }
    this.#isFinal = found.size === 0
    return found
  }

  async #resources(pinning: boolean): Promise<ResourceRequest> {
    const { spec, request } = this.#asked
    const asked = new ResourceRequest(spec, request, pinning)
    try {
      await applyRequestFilters({ parts: this.#parts, spec, request, asked })
    } catch (error) {
      if (!(error instanceof RequestFilterFailed)) throw error
      throw new NoValidHost({ reason: error.message })
    }
    return asked
  }

  async #query(
    context: RequestContext,
    asked: ResourceRequest,
    possible: readonly HostState[],
    isNamed: boolean,
    found: Map<string, AllocationRequest[]>,
  ): Promise<void> {
    const [only, ...others] = possible
    const isOne = isNamed && only !== undefined && others.length === 0
    if (isOne) asked.restrictTo(only.uuid)
    const { hints } = this.#asked.request
    const isWide = (isNamed && !isOne) || unlimited.some(name => hints[name] !== undefined)
    const limit = isWide ? null : this.#parts.conf.scheduler.max_placement_results
    const answer = await this.#get(context, asked.query(limit))
    const { allocation_requests: requests } = documentOf(answer)
    for (const one of Array.isArray(requests) ? requests.filter(isAllocationRequest) : []) {
      for (const provider of Object.keys(one.allocations)) {
        const known = found.get(provider)
        if (known) known.push(one)
        else found.set(provider, [one])
      }
    }
  }

  async #get(context: RequestContext, query: Readonly<Record<string, readonly string[]>>) {
    const { client, log } = this.#parts
    try {
      const version = ALLOCATION_VERSION
      return await client.call(context, 'GET', '/allocation_candidates', { version, query })
    } catch (error) {
      if (!(error instanceof PlacementFault || error instanceof PlacementAPIConnectFailure)) {
        throw error
      }
      log.error({ err: error, query }, 'Placement names no allocation candidates')
      // nova gives its user no reason; administrators see it.
      throw new NoValidHost({ reason: '', explanation: `Placement: ${error.message}` })
    }
  }
}

/** Hosts that are not left out by name, or by their cell. */
const inReach = (
  hosts: readonly HostState[],
  request: SchedulerRequest,
  audit: Audit | undefined,
): readonly HostState[] => {
  const isNamed = naming(request)
  const cell = isRebuild(request) ? null : cellOf(request)
  if (!isNamed && cell === null) return hosts
  return hosts.filter(host => {
    if (isNamed && !isNamed(host)) {
      audit?.dropped(host, 'request', () => 'is not the host that is asked for')
      return false
    }
    if (cell === null || host.cellUuid === cell) return true
    audit?.dropped(host, 'request', () => `is in another cell than ${cell}`)
    return false
  })
}

const isAllocationRequest = (value: unknown): value is AllocationRequest =>
  isRecord(value) && isRecord(value.allocations)
