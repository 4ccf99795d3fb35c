import type { ComputeTaskRpcApi } from '../conductor/rpcapi.js'
import type { RequestContext } from '../context/index.js'
import {
  ComputeHostNotFound,
  HostMappingNotFound,
  type InvalidAggregateAction,
  InvalidAggregateActionAdd,
  InvalidAggregateActionDelete,
  InvalidAggregateActionUpdate,
} from '../exception/index.js'
import type { ImageApi } from '../image/api.js'
import { notifying, tellingFailure } from '../notifications/index.js'
import { Aggregate, AggregateList, HostMapping, InstanceList } from '../objects/index.js'
import type { SchedulerRpcApi } from '../scheduler/rpcapi.js'
import type { Cells } from './cells.js'
import type { ProviderMirror } from './provider-mirror.js'

export interface AggregateApiParts {
  readonly cells: Cells
  readonly scheduler: SchedulerRpcApi
  readonly conductor: ComputeTaskRpcApi
  readonly images: ImageApi
  readonly providers: ProviderMirror
  /** `[DEFAULT] default_availability_zone` */
  readonly defaultZone: string
}

/** What `set_metadata` and the update say; null removes a key. */
export type MetadataChanges = Readonly<Record<string, string | null>>

const ZONE = 'availability_zone'

/**
 * nova.compute.api.AggregateAPI: groups of hosts, by which operators tell the scheduler about them. A host is
 * in one availability zone at most, and stays in it while it has servers. The schedulers are told of every
 * change.
 */
export class AggregateApi {
  readonly #parts: AggregateApiParts

  constructor(parts: AggregateApiParts) {
    this.#parts = parts
  }

  /** @throws AggregateNameExists */
  create(context: RequestContext, name: string, zone: string | null): Promise<Aggregate> {
    const args = { aggregate_name: name, availability_zone: zone }
    return failing(context, 'create_aggregate', args, async () => {
      const aggregate = new Aggregate(context, { name })
      if (zone !== null) aggregate.metadata = { [ZONE]: zone }
      await aggregate.create()
      await this.#tell(context, aggregate)
      return aggregate
    })
  }

  async list(context: RequestContext): Promise<readonly Aggregate[]> {
    return (await AggregateList.getAll(context)).objects
  }

  /**
   * @param id  the number, or the uuid
   * @throws AggregateNotFound
   */
  get(context: RequestContext, id: number): Promise<Aggregate> {
    return Aggregate.getById(context, id)
  }

  /** @throws AggregateNameExists, InvalidAggregateAction */
  async update(
    context: RequestContext,
    aggregate: Aggregate,
    changes: { readonly name?: string; readonly zone?: string | null },
  ): Promise<void> {
    const args = { aggregate_id: aggregate.id, values: changes }
    await failing(context, 'update_aggregate', args, async () => {
      if (changes.zone !== undefined) await this.#checkZone(context, aggregate, changes.zone)
      if (changes.name !== undefined) {
        aggregate.name = changes.name
        await aggregate.save()
      }
      if (changes.zone !== undefined) await aggregate.updateMetadata({ [ZONE]: changes.zone })
      await this.#tell(context, aggregate)
    })
  }

  /** @throws InvalidAggregateAction */
  async updateMetadata(
    context: RequestContext,
    aggregate: Aggregate,
    changes: MetadataChanges,
  ): Promise<void> {
    const args = { aggregate_id: aggregate.id, metadata: changes }
    await failing(context, 'update_aggregate_metadata', args, async () => {
      const zone = changes[ZONE]
      if (zone !== undefined) await this.#checkZone(context, aggregate, zone)
      await aggregate.updateMetadata(changes)
      await this.#tell(context, aggregate)
    })
  }

  /** @throws InvalidAggregateAction while it has hosts */
  delete(context: RequestContext, aggregate: Aggregate): Promise<void> {
    const work = async () => {
      if (aggregate.hosts?.length)
        throw refused(InvalidAggregateActionDelete, aggregate, 'Host aggregate is not empty')
      await aggregate.destroy()
      await this.#parts.scheduler.deleteAggregate(context, aggregate)
    }
    return failing(context, 'delete_aggregate', { aggregate_id: aggregate.id }, () =>
      notifying(context, 'aggregate.delete', { aggregate }, work),
    )
  }

  /** @throws ComputeHostNotFound, AggregateHostExists, InvalidAggregateAction */
  addHost(context: RequestContext, aggregate: Aggregate, host: string): Promise<void> {
    const subject = { aggregate, extra: { host_name: host } }
    const args = { aggregate_id: aggregate.id, host_name: host }
    return failing(context, 'add_host_to_aggregate', args, () =>
      notifying(context, 'aggregate.add_host', subject, () =>
        this.#addHost(context, aggregate, host),
      ),
    )
  }

  async #addHost(context: RequestContext, aggregate: Aggregate, host: string): Promise<void> {
    const { cellMapping } = await this.#mapping(context, host)
    const zone = aggregate.availabilityZone
    if (zone !== null) {
      const other = await this.#otherZone(context, aggregate, host, zone)
      if (other !== null) {
        throw refused(InvalidAggregateActionAdd, aggregate, `Host ${host} is in zone ${other}`)
      }
      const before = await this.#zoneOf(context, host)
      if (before !== zone && (await this.#hasServers(context, host))) {
        throw refused(
          InvalidAggregateActionAdd,
          aggregate,
          `Host ${host} has servers and cannot change its availability zone`,
        )
      }
    }
    await aggregate.addHost(host)
    await this.#tell(context, aggregate)
    const inCell = await this.#parts.cells.target(context, cellMapping)
    await this.#parts.providers.addToAggregate(inCell, host, aggregate.uuid)
  }

  /** @throws ComputeHostNotFound, AggregateHostNotFound, InvalidAggregateAction */
  removeHost(context: RequestContext, aggregate: Aggregate, host: string): Promise<void> {
    const subject = { aggregate, extra: { host_name: host } }
    const args = { aggregate_id: aggregate.id, host_name: host }
    return failing(context, 'remove_host_from_aggregate', args, () =>
      notifying(context, 'aggregate.remove_host', subject, () =>
        this.#removeHost(context, aggregate, host),
      ),
    )
  }

  async #removeHost(context: RequestContext, aggregate: Aggregate, host: string): Promise<void> {
    const { cellMapping } = await this.#mapping(context, host)
    const zone = aggregate.availabilityZone
    const isMember = aggregate.hosts?.includes(host) ?? false
    if (isMember && zone !== null && zone !== this.#parts.defaultZone) {
      if (await this.#hasServers(context, host)) {
        throw refused(
          InvalidAggregateActionDelete,
          aggregate,
          `Host ${host} has servers and cannot change its availability zone`,
        )
      }
    }
    const inCell = await this.#parts.cells.target(context, cellMapping)
    // First, as nova does: where it fails the host is in the aggregate still.
    if (isMember) await this.#parts.providers.removeFromAggregate(inCell, host, aggregate.uuid)
    await aggregate.deleteHost(host)
    await this.#tell(context, aggregate)
  }

  /**
   * Has the aggregate's hosts fetch images ahead; the conductor sees to it.
   *
   * @throws ImageNotFound, and what else the image service says
   */
  async cacheImages(
    context: RequestContext,
    aggregate: Aggregate,
    imageIds: readonly string[],
  ): Promise<void> {
    for (const id of imageIds) await this.#parts.images.get(context, id)
    await this.#parts.conductor.cacheImages(context, aggregate, imageIds)
  }

  /** Whether the aggregate's hosts may all come into a zone. */
  async #checkZone(
    context: RequestContext,
    aggregate: Aggregate,
    zone: string | null,
  ): Promise<void> {
    if (zone === '') {
      throw refused(
        InvalidAggregateActionUpdate,
        aggregate,
        'the availability zone cannot be empty',
      )
    }
    const wanted = zone ?? this.#parts.defaultZone
    if (wanted === (aggregate.availabilityZone ?? this.#parts.defaultZone)) return
    for (const host of aggregate.hosts ?? []) {
      const other = zone === null ? null : await this.#otherZone(context, aggregate, host, zone)
      if (other !== null) {
        throw refused(InvalidAggregateActionUpdate, aggregate, `Host ${host} is in zone ${other}`)
      }
      if (await this.#hasServers(context, host)) {
        throw refused(
          InvalidAggregateActionUpdate,
          aggregate,
          'One or more hosts contain instances in this zone',
        )
      }
    }
  }

  /** A zone that another aggregate puts the host into, when it is not this one. */
  async #otherZone(
    context: RequestContext,
    aggregate: Aggregate,
    host: string,
    zone: string,
  ): Promise<string | null> {
    const { objects } = await AggregateList.getByHost(context, host, { key: ZONE })
    const other = objects.find(
      ({ id, availabilityZone }) => id !== aggregate.id && availabilityZone !== zone,
    )
    return other?.availabilityZone ?? null
  }

  async #zoneOf(context: RequestContext, host: string): Promise<string> {
    const { objects } = await AggregateList.getByHost(context, host, { key: ZONE })
    return objects[0]?.availabilityZone ?? this.#parts.defaultZone
  }

  async #hasServers(context: RequestContext, host: string): Promise<boolean> {
    const { cellMapping } = await this.#mapping(context, host)
    const cell = await this.#parts.cells.target(context, cellMapping)
    return (await InstanceList.getUuidsByHost(cell, host)).length > 0
  }

  async #mapping(context: RequestContext, host: string): Promise<HostMapping> {
    try {
      return await HostMapping.getByHost(context, host)
    } catch (error) {
      if (!(error instanceof HostMappingNotFound)) throw error
      throw new ComputeHostNotFound({ host })
    }
  }

  #tell(context: RequestContext, aggregate: Aggregate): Promise<void> {
    return this.#parts.scheduler.updateAggregates(context, [aggregate])
  }
}

/** The API tells of what it refuses an administrator, too. */
const failing = <T>(
  context: RequestContext,
  method: string,
  args: Readonly<Record<string, unknown>>,
  work: () => Promise<T>,
): Promise<T> => tellingFailure(context, { source: 'nova-api', method, args }, work)

const refused = (
  type: typeof InvalidAggregateAction,
  { id }: Aggregate,
  reason: string,
): InvalidAggregateAction => new type({ aggregate_id: id, reason })
