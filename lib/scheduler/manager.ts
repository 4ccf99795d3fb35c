import type { RequestContext } from '../context/index.js'
import type { Database } from '../db/database.js'
import type { ApiSchema } from '../db/schema/api.js'
import { NoValidHost } from '../exception/index.js'
import {
  Instance,
  InstanceList,
  RequestSpec,
  SchedulerLimits,
  Selection,
} from '../objects/index.js'
import { type Endpoint, endpointOf } from '../rpc/index.js'
import { candidates, filtered } from './choose.js'
import { claimResources, removeAllocations } from './claims.js'
import type { HostFilter } from './filters/index.js'
import type { HostManager } from './host-manager.js'
import type { HostState } from './host-state.js'
import { readRequest } from './read-request.js'
import { isRebuild, type SchedulerRequest } from './request.js'
import { type Resources, resourcesOf } from './resources.js'
import type {
  DeleteInstanceInfoArgs,
  SelectDestinationsArgs,
  SyncInstanceInfoArgs,
  UpdateInstanceInfoArgs,
} from './rpcapi.js'
import { byWeight, type HostWeigher } from './weighers/index.js'

/** The Placement microversion whose documents our allocation requests follow. */
const ALLOCATION_VERSION = '1.36'

export interface SchedulerOptions {
  readonly api: Database<ApiSchema>
  readonly hosts: HostManager
  /** `[filter_scheduler] enabled_filters` */
  readonly filters: readonly HostFilter[]
  /** Stands in for Placement's choice of aggregates, whether it is enabled or not. */
  readonly zoneFilter: HostFilter
  readonly weighers: readonly HostWeigher[]
  /** `[scheduler] max_attempts`: the chosen host and its alternates together. */
  readonly maxAttempts: number
  /** `[filter_scheduler] host_subset_size`: the choice is random among so many best. */
  readonly hostSubsetSize: number
  /** `[filter_scheduler] shuffle_best_same_weighed_hosts` is off by default, and so here. */
  readonly random?: () => number
  /** `[DEFAULT] default_availability_zone` */
  readonly defaultAvailabilityZone: string
}

interface Chosen {
  readonly host: HostState
  readonly others: readonly HostState[]
}

/** nova-scheduler: finds hosts for instances and claims room on them. */
export class SchedulerManager {
  readonly #options: SchedulerOptions
  readonly #random: () => number

  constructor(options: SchedulerOptions) {
    this.#options = options
    this.#random = options.random ?? Math.random
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
    _context: RequestContext,
    args: SelectDestinationsArgs,
  ): Promise<unknown> {
    if (!(args.spec_obj instanceof RequestSpec)) {
      throw new TypeError('select_destinations needs spec_obj, a RequestSpec')
    }
    const request = readRequest(args.spec_obj)
    const resources = resourcesOf(request.flavor, request.isBfv)
    const uuids = args.instance_uuids ?? null
    const choices = await this.#choose(request, resources, uuids)

    const chosenHosts = new Set(choices.map(({ host }) => host))
    const selections = choices.map(({ host, others }) => {
      const alternates = args.return_alternates ? this.#alternates(host, others, chosenHosts) : []
      return [host, ...alternates].map(state => this.#selection(state, resources))
    })
    if (args.return_objects) return selections
    return selections.map(([selection]) => ({
      host: selection?.serviceHost,
      nodename: selection?.nodename,
      limits: {},
    }))
  }

  async #choose(
    request: SchedulerRequest,
    resources: Resources,
    uuids: readonly string[] | null,
  ): Promise<Chosen[]> {
    const choices: Chosen[] = []
    const claimed: string[] = []
    try {
      for (let index = 0; index < (uuids?.length ?? request.numInstances); index++) {
        const uuid = uuids?.[index] ?? null
        const choice =
          (await this.#chooseOne(request, resources, uuid, index === 0, false)) ??
          // What is remembered of hosts may be behind; what is read now is not.
          (await this.#chooseOne(request, resources, uuid, index === 0, true))
        if (!choice) throw new NoValidHost({ reason: 'There are not enough hosts available.' })
        choices.push(choice)
        if (uuid) claimed.push(uuid)
      }
      return choices
    } catch (error) {
      for (const uuid of claimed) await removeAllocations(this.#options.api, uuid)
      for (const { host } of choices) this.#options.hosts.markStale(host)
      throw error
    }
  }

  async #chooseOne(
    request: SchedulerRequest,
    resources: Resources,
    uuid: string | null,
    first: boolean,
    fresh: boolean,
  ): Promise<Chosen | null> {
    const { hosts, filters, zoneFilter, weighers, api } = this.#options
    const all = await hosts.hosts({ fresh })
    const { group } = request
    if (group && group.members.length > 0) await hosts.locate(group.members)

    const possible = candidates(all, request, resources, zoneFilter)
    if (possible.length === 0) {
      if (!fresh) return null
      // Placement's answer, where nova gives no reason; the blank at the end is nova's.
      throw new NoValidHost({ reason: '' })
    }
    const asked = { ...request, instanceUuid: uuid ?? request.instanceUuid }
    const passed = filtered(possible, asked, filters, first)
    const order = this.#preferred(byWeight(passed, asked, weighers))
    if (isRebuild(request)) {
      const [host, ...others] = order
      return host ? { host, others } : null
    }

    for (const [at, host] of order.entries()) {
      // Between here and the top others may have chosen: nothing was awaited only for the first.
      if (!host.hasRoomFor(resources)) continue
      host.consume(uuid, resources)
      if (uuid && !(await this.#claim(api, host, resources, uuid, request))) continue
      if (uuid) hosts.placed(uuid, host.host)
      return { host, others: order.filter((_, index) => index !== at) }
    }
    return null
  }

  async #claim(
    api: Database<ApiSchema>,
    host: HostState,
    resources: Resources,
    uuid: string,
    request: SchedulerRequest,
  ): Promise<boolean> {
    const owner = {
      consumerUuid: uuid,
      projectId: request.projectId ?? '',
      userId: request.userId ?? '',
    }
    let claimed = false
    try {
      claimed = await claimResources(api, host.uuid, resources, owner)
    } finally {
      if (!claimed) this.#options.hosts.markStale(host)
    }
    return claimed
  }

  /** One of the best `host_subset_size` goes to the front. */
  #preferred(order: HostState[]): HostState[] {
    const subset = Math.min(Math.max(this.#options.hostSubsetSize, 1), order.length)
    const at = subset > 1 ? Math.floor(this.#random() * subset) : 0
    const [best] = order.splice(at, 1)
    return best ? [best, ...order] : order
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

  #selection(host: HostState, resources: Resources): Selection {
    const zones = host.aggregateValues('availability_zone')
    return new Selection(null, {
      computeNodeUuid: host.uuid,
      serviceHost: host.host,
      nodename: host.nodename,
      cellUuid: host.cellUuid,
      limits: new SchedulerLimits().setDefaults(),
      allocationRequest: JSON.stringify({
        allocations: { [host.uuid]: { resources } },
        mappings: { '': [host.uuid] },
      }),
      allocationRequestVersion: ALLOCATION_VERSION,
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
