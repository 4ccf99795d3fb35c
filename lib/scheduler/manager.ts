import type { RequestContext } from '../context/index.js'
import { NoValidHost } from '../exception/index.js'
import { notifying } from '../notifications/index.js'
import {
  Instance,
  InstanceList,
  NUMATopologyLimits,
  RequestSpec,
  SchedulerLimits,
  Selection,
} from '../objects/index.js'
import type { AllocationRequest, Claims } from '../placement/allocations.js'
import { type Endpoint, endpointOf } from '../rpc/index.js'
import { type Audit, Summary } from './audit.js'
import { ALLOCATION_VERSION, type CandidateSource, type Candidates } from './candidates/source.js'
import type { SchedulerDriver } from './drivers/index.js'
import type { HostManager } from './host-manager.js'
import type { HostState } from './host-state.js'
import { readRequest } from './read-request.js'
import { hints, isRebuild, type SchedulerRequest } from './request.js'
import { type Resources, resourcesOf } from './resources.js'
import type {
  DeleteInstanceInfoArgs,
  SelectDestinationsArgs,
  SyncInstanceInfoArgs,
  UpdateInstanceInfoArgs,
} from './rpcapi.js'

export interface SchedulerOptions {
  readonly claims: Claims
  readonly candidates: CandidateSource
  readonly hosts: HostManager
  readonly driver: SchedulerDriver
  /** `[scheduler] max_attempts`: the chosen host and its alternates together. */
  readonly maxAttempts: number
  /** `[DEFAULT] default_availability_zone` */
  readonly defaultAvailabilityZone: string
}

/** A call under way. */
interface Asked {
  readonly context: RequestContext
  readonly request: SchedulerRequest
  readonly resources: Resources
  readonly candidates: Candidates
}

interface Chosen {
  readonly host: HostState
  /** Those that were next, with it in their order; as many as alternates may take. */
  readonly others: readonly HostState[]
}

/** Hosts beyond the alternates that are kept for them: others of the request may be chosen for these. */
const SPARE = 20

/** nova-scheduler: finds hosts for instances and claims room on them. */
export class SchedulerManager {
  readonly #options: SchedulerOptions

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  /** What the service offers on topic `scheduler`. */
  endpoint(): Endpoint {
    return endpointOf(this, {
      version: '4.5',
      methods: [
        'select_destinations',
        'update_aggregates',
        'delete_aggregate',
        'update_instance_info',
        'delete_instance_info',
        'sync_instance_info',
      ],
    })
  }

  /**
   * @returns for each instance the chosen host and its alternates, as Selections (as dicts of host,
   *          nodename and limits when not `return_objects`)
   * @throws NoValidHost, with nothing claimed
   */
  async selectDestinations(
    context: RequestContext,
    args: SelectDestinationsArgs,
  ): Promise<unknown> {
    const { spec_obj: requestSpec } = args
    if (!(requestSpec instanceof RequestSpec)) {
      throw new TypeError('select_destinations needs spec_obj, a RequestSpec')
    }
    return notifying(context, 'scheduler.select_destinations', { requestSpec }, () =>
      this.#select(context, requestSpec, args),
    )
  }

  async #select(
    context: RequestContext,
    spec: RequestSpec,
    args: SelectDestinationsArgs,
  ): Promise<unknown> {
    const asked = this.#open(context, spec)
    const choices = await this.#choose(asked, args.instance_uuids ?? null)

    const chosenHosts = new Set(choices.map(({ host }) => host))
    const selections = choices.map(({ host, others }) => {
      const alternates = args.return_alternates ? this.#alternates(host, others, chosenHosts) : []
      return [host, ...alternates].map(state => this.#selection(state, asked.candidates))
    })
    if (args.return_objects) return selections
    return selections.map(([selection]) => ({
      host: selection?.serviceHost,
      nodename: selection?.nodename,
      limits: {},
    }))
  }

  #open(context: RequestContext, spec: RequestSpec): Asked {
    const request = readRequest(spec)
    const resources = resourcesOf(request.flavor, request.isBfv)
    const candidates = this.#options.candidates.open({ context, spec, request, resources })
    return { context, request, resources, candidates }
  }

  async #choose(asked: Asked, uuids: readonly string[] | null): Promise<Chosen[]> {
    const { context, request, resources } = asked
    const choices: Chosen[] = []
    const claimed: string[] = []
    try {
      for (let index = 0; index < (uuids?.length ?? request.numInstances); index++) {
        const uuid = uuids?.[index] ?? null
        const choice =
          (await this.#chooseOne(asked, uuid, index === 0, false)) ??
          // What is remembered of hosts may be behind; what is read now is not.
          (await this.#chooseOne(asked, uuid, index === 0, true))
        if (!choice) throw new NoValidHost({ reason: 'There are not enough hosts available.' })
        choices.push(choice)
        if (uuid) claimed.push(uuid)
      }
      return choices
    } catch (error) {
      for (const uuid of claimed) await this.#options.claims.removeAllocations(context, uuid)
      for (const { host } of choices) {
        host.giveBack(resources)
        this.#options.hosts.markStale(host)
      }
      for (const [index, uuid] of claimed.entries()) {
        const host = choices[index]?.host.host
        if (host !== undefined) this.#options.hosts.removed(uuid, host)
      }
      throw error
    }
  }

  async #chooseOne(
    asked: Asked,
    uuid: string | null,
    first: boolean,
    fresh: boolean,
  ): Promise<Chosen | null> {
    const { hosts, driver } = this.#options
    const { resources, candidates } = asked
    const all = await this.#known(asked.request, fresh)
    const request = { ...asked.request, instanceUuid: uuid ?? asked.request.instanceUuid }
    const possible = await candidates.find(all, request, { fresh })
    if (possible.length === 0) {
      if (!fresh) return null
      // Placement's answer, where nova gives no reason; the blank at the end is nova's.
      throw await this.#noHost('', all, request, candidates, first)
    }
    await driver.prepare?.(possible, request)
    const order = driver.rank(possible, request, first)[Symbol.iterator]()
    for (let { value: host } = order.next(); host; { value: host } = order.next()) {
      if (isRebuild(request)) return { host, others: [] }
      // Whatever was awaited, others may have chosen meanwhile.
      if (!candidates.hasRoom(host)) continue
      host.consume(resources)
      if (uuid && !(await this.#claim(asked, host, uuid))) continue
      if (uuid) hosts.placed(uuid, host.host)
      return { host, others: this.#rest(order, host) }
    }
    if (!fresh) return null
    const reason = 'There are not enough hosts available.'
    throw await this.#noHost(reason, all, request, candidates, first)
  }

  /** The hosts, and what the request and the driver must know of the instances there. */
  async #known(request: SchedulerRequest, fresh: boolean): Promise<readonly HostState[]> {
    const { hosts, driver } = this.#options
    const all = await hosts.hosts({ fresh })
    const asked = [
      ...(request.group?.members ?? []),
      ...hints(request, 'same_host'),
      ...hints(request, 'different_host'),
    ]
    if (asked.length > 0) await hosts.locate(asked)
    if (driver.needs.length > 0) await hosts.learn(driver.needs)
    return all
  }

  #rest(order: Iterator<HostState>, { cellUuid }: HostState): HostState[] {
    const wanted = Math.max(this.#options.maxAttempts - 1, 0)
    const rest: HostState[] = []
    if (wanted === 0) return rest
    for (let { value: host } = order.next(); host; { value: host } = order.next()) {
      if (host.cellUuid === cellUuid && rest.push(host) === wanted + SPARE) break
    }
    return rest
  }

  /** The reason goes to users, and what became of each host to administrators, in the fault's details. */
  async #noHost(
    reason: string,
    all: readonly HostState[],
    request: SchedulerRequest,
    candidates: Candidates,
    first: boolean,
  ): Promise<NoValidHost> {
    const summary = new Summary(all.length)
    const possible = await candidates.find(all, request, { audit: summary })
    this.#options.driver.rank(possible, request, first, summary)
    return new NoValidHost({ reason, explanation: summary.text })
  }

  /**
   * Decides without claiming anything, and tells the audit what becomes of each host.
   *
   * @param ready  is given the hosts first: to take out what the instance itself uses, say
   * @returns the hosts in the order in which they would be tried
   */
  async explain(
    context: RequestContext,
    spec: RequestSpec,
    audit: Audit,
    ready?: (hosts: readonly HostState[]) => void,
  ): Promise<readonly HostState[]> {
    const { request, candidates } = this.#open(context, spec)
    const all = await this.#known(request, true)
    ready?.(all)
    const { driver } = this.#options
    const possible = await candidates.find(all, request, { audit })
    await driver.prepare?.(possible, request)
    return [...driver.rank(possible, request, true, audit)]
  }

  async #claim(
    { context, request, resources, candidates }: Asked,
    host: HostState,
    uuid: string,
  ): Promise<boolean> {
    const consumer = { uuid, projectId: request.projectId, userId: request.userId }
    const wanted = candidates.requestFor(host)
    if (!wanted) return true
    const { claims, hosts } = this.#options
    let claimed = false
    try {
      claimed = await claims.claimResources(context, consumer, wanted, ALLOCATION_VERSION)
    } finally {
      if (!claimed) {
        host.giveBack(resources)
        hosts.markStale(host)
      }
    }
    return claimed
  }

  /** Further hosts to try without asking again: of the same cell, and chosen for none of the others. */
  #alternates(
    chosen: HostState,
    others: readonly HostState[],
    taken: ReadonlySet<HostState>,
  ): HostState[] {
    const wanted = Math.max(this.#options.maxAttempts - 1, 0)
    const found: HostState[] = []
    for (const host of others) {
      if (found.length === wanted) break
      if (host.cellUuid === chosen.cellUuid && !taken.has(host)) found.push(host)
    }
    return found
  }

  #selection(host: HostState, candidates: Candidates): Selection {
    const zones = host.aggregateValues('availability_zone')
    const request: AllocationRequest | null = candidates.requestFor(host)
    return new Selection(null, {
      computeNodeUuid: host.uuid,
      serviceHost: host.host,
      nodename: host.nodename,
      cellUuid: host.cellUuid,
      limits: limitsOf(host),
      allocationRequest: JSON.stringify(request),
      allocationRequestVersion: request && ALLOCATION_VERSION,
      availabilityZone: zones.values().next().value ?? this.#options.defaultAvailabilityZone,
    })
  }

  /** Aggregates are read whole with the hosts: any news of them asks for that. */
  updateAggregates(): void {
    this.#options.hosts.expire()
  }

  deleteAggregate(): void {
    this.#options.hosts.expire()
  }

  updateInstanceInfo(_context: RequestContext, args: UpdateInstanceInfoArgs): void {
    const { instance_info: info, host_name: host } = args
    const instances = info instanceof InstanceList ? info : info instanceof Instance ? [info] : []
    for (const { uuid } of instances) this.#options.hosts.placed(uuid, host)
  }

  deleteInstanceInfo(_context: RequestContext, args: DeleteInstanceInfoArgs): void {
    this.#options.hosts.removed(args.instance_uuid, args.host_name)
  }

  syncInstanceInfo(_context: RequestContext, args: SyncInstanceInfoArgs): void {
    for (const uuid of args.instance_uuids) this.#options.hosts.placed(uuid, args.host_name)
  }
}

/** What filters that count say; four nulls for a host on which none did. */
const limitsOf = ({ limits }: HostState): SchedulerLimits => {
  const { vcpu, memory_mb: memoryMb, disk_gb: diskGb, numa_topology: numa } = limits
  return new SchedulerLimits(null, {
    ...(vcpu === undefined ? {} : { vcpu: Math.trunc(vcpu) }),
    ...(memoryMb === undefined ? {} : { memoryMb: Math.trunc(memoryMb) }),
    ...(diskGb === undefined ? {} : { diskGb: Math.trunc(diskGb) }),
    ...(numa
      ? {
          numaTopology: new NUMATopologyLimits(null, {
            cpuAllocationRatio: numa.cpu_allocation_ratio,
            ramAllocationRatio: numa.ram_allocation_ratio,
          }),
        }
      : {}),
  }).setDefaults()
}
