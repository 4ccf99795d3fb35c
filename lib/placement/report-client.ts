import { LRUCache } from 'lru-cache'
import type { RequestContext } from '../context/index.js'
import { ResourceProviderUpdateConflict } from '../exception/index.js'
import type { PlacementClient } from './client.js'
import { ProviderRequests } from './provider-requests.js'
import { type Provider, ProviderTree, sameInventory } from './provider-tree.js'
import { retrying } from './retry.js'

export interface ReportClientOptions {
  /** `[compute] resource_provider_association_refresh`, seconds; 0: what was read once counts for ever */
  readonly refresh: number
  /** ms, monotonic */
  readonly now?: () => number
}

/** The trait of nodes whose service takes nothing new. */
export const DISABLED = 'COMPUTE_STATUS_DISABLED'

/** Trees of nodes that are remembered: a compute has one, or as many as its hypervisor has nodes. */
const REMEMBERED = 10_000

interface Remembered {
  readonly tree: ProviderTree
  readonly at: number
}

/**
 * Resource providers at Placement: what a host says of itself there, and what the API mirrors of its
 * aggregates (nova's SchedulerReportClient). What was last read or written is remembered, so that
 * saying the same again costs no request.
 */
export class ReportClient {
  readonly #requests: ProviderRequests
  readonly #refresh: number
  readonly #now: () => number
  readonly #trees = new LRUCache<string, Remembered>({ max: REMEMBERED })

  constructor(
    client: PlacementClient,
    { refresh, now = () => performance.now() }: ReportClientOptions,
  ) {
    this.#requests = new ProviderRequests(client)
    this.#refresh = refresh * 1000
    this.#now = now
  }

  /** Forgets what was read: it is read anew. */
  clearProviderCache(): void {
    this.#trees.clear()
  }

  /**
   * The tree of a node, to be edited and handed to {@link updateFromProviderTree}. A node that Placement does
   * not know is made known.
   *
   * @throws ResourceProviderCreationFailed, PlacementAPIConnectFailure
   */
  async providerTree(context: RequestContext, uuid: string, name: string): Promise<ProviderTree> {
    const known = this.#trees.get(uuid)
    if (known && (this.#refresh === 0 || this.#now() - known.at <= this.#refresh)) {
      return known.tree.copy()
    }
    const requests = this.#requests
    const providers: Provider[] = []
    for (const provider of await requests.providersInTree(context, uuid)) {
      providers.push(await requests.withAssociations(context, provider))
    }
    if (providers.length === 0) providers.push(await requests.create(context, uuid, name, null))
    const tree = new ProviderTree(parentsFirst(providers))
    this.#trees.set(uuid, { tree, at: this.#now() })
    return tree.copy()
  }

  /**
   * Makes Placement's tree of a node this one.
   *
   * @throws ResourceProviderUpdateConflict when it was changed meanwhile: read it again, edit it again
   * @throws InventoryInUse, ResourceProviderInUse for what cannot go while servers have it
   */
  async updateFromProviderTree(
    context: RequestContext,
    rootUuid: string,
    wanted: ProviderTree,
  ): Promise<void> {
    const remembered = this.#trees.get(rootUuid)
    if (!remembered) throw new TypeError(`the tree of ${rootUuid} was not read before`)
    const { tree } = remembered
    try {
      // Children before their parents.
      for (const { uuid } of tree.providers.toReversed()) {
        if (wanted.find(uuid)) continue
        await this.#requests.delete(context, uuid)
        tree.remove(uuid)
      }
      for (const provider of wanted.providers) {
        const { uuid, name, parentUuid } = provider
        const before =
          tree.find(uuid) ?? (await this.#requests.create(context, uuid, name, parentUuid))
        tree.replace(await this.#update(context, before, provider))
      }
    } catch (error) {
      // How far it came is not known: it is read anew.
      this.#trees.delete(rootUuid)
      throw error
    }
  }

  /** Says whether new servers may come to a node, without waiting for its next report. */
  async setStatusDisabled(context: RequestContext, uuid: string, disabled: boolean): Promise<void> {
    await retrying(isUpdateConflict, async () => {
      const { values: traits, generation } = await this.#requests.traits(context, uuid)
      if (traits.has(DISABLED) === disabled) return
      if (disabled) traits.add(DISABLED)
      else traits.delete(DISABLED)
      await this.#requests.putTraits(context, uuid, generation, traits)
      // What is remembered of its generation is old now.
      this.#trees.delete(uuid)
    })
  }

  /** @throws ResourceProviderTraitRetrievalFailed */
  async traitsOf(context: RequestContext, uuid: string): Promise<ReadonlySet<string>> {
    return (await this.#requests.traits(context, uuid)).values
  }

  /** uuids of those that have claimed something of a provider. */
  consumersOf(context: RequestContext, uuid: string): Promise<readonly string[]> {
    return this.#requests.consumers(context, uuid)
  }

  /** @returns null when Placement knows none by that name */
  providerNamed(context: RequestContext, name: string): Promise<string | null> {
    return this.#requests.named(context, name)
  }

  /** @throws ResourceProviderAggregateRetrievalFailed, also when there is no such provider */
  async aggregatesOf(context: RequestContext, uuid: string): Promise<ReadonlySet<string>> {
    return (await this.#requests.aggregates(context, uuid)).values
  }

  /**
   * Puts a provider into an aggregate, or takes it out of one.
   *
   * @returns false when it is so already
   * @throws ResourceProviderUpdateConflict, ResourceProviderAggregateRetrievalFailed
   */
  async changeAggregate(
    context: RequestContext,
    uuid: string,
    aggregate: string,
    isMember: boolean,
  ): Promise<boolean> {
    return retrying(isUpdateConflict, async () => {
      const { values: aggregates, generation } = await this.#requests.aggregates(context, uuid)
      if (aggregates.has(aggregate) === isMember) return false
      if (isMember) aggregates.add(aggregate)
      else aggregates.delete(aggregate)
      await this.#requests.putAggregates(context, uuid, generation, aggregates)
      return true
    })
  }

  /**
   * Forgets a node that is no more, with all that is below it.
   *
   * @param removeAllocations  gives back what somebody has claimed there; absent: then it cannot go
   * @throws ResourceProviderInUse, ResourceProviderDeletionFailed
   */
  async deleteProviderTree(
    context: RequestContext,
    uuid: string,
    removeAllocations?: (consumerUuid: string) => Promise<unknown>,
  ): Promise<void> {
    const providers = parentsFirst(await this.#requests.providersInTree(context, uuid))
    for (const provider of providers.toReversed()) {
      if (removeAllocations) {
        for (const consumer of await this.consumersOf(context, provider.uuid)) {
          await removeAllocations(consumer)
        }
      }
      await this.#requests.delete(context, provider.uuid)
    }
    this.#trees.delete(uuid)
  }

  /** Each request is answered with the generation that the next one needs. */
  async #update(context: RequestContext, before: Provider, wanted: Provider): Promise<Provider> {
    const requests = this.#requests
    const { uuid } = before
    const { inventory, aggregates, traits } = wanted
    let now = before
    if (!sameInventory(before.inventory, inventory)) {
      now = { ...now, ...(await requests.putInventory(context, now, inventory)) }
    }
    if (!sameSet(before.aggregates, aggregates)) {
      const { generation: known } = now
      const generation = await requests.putAggregates(context, uuid, known ?? 0, aggregates)
      now = { ...now, aggregates, generation }
    }
    if (!sameSet(before.traits, traits)) {
      const { generation: known } = now
      const generation = await requests.putTraits(context, uuid, known ?? 0, traits)
      now = { ...now, traits, generation }
    }
    return now
  }
}

/** Whether reading it again and trying again may help. */
export const isUpdateConflict = (error: unknown): boolean =>
  error instanceof ResourceProviderUpdateConflict

const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every(one => b.has(one))

const parentsFirst = (providers: readonly Provider[]): readonly Provider[] => {
  const sorted: Provider[] = []
  const add = (parentUuid: string | null): void => {
    for (const provider of providers) {
      if (provider.parentUuid !== parentUuid) continue
      sorted.push(provider)
      add(provider.uuid)
    }
  }
  add(null)
  return sorted
}
