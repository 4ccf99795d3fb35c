import { LRUCache } from 'lru-cache'
import type { RequestContext } from '../context/index.js'
import {
  InventoryInUse,
  ResourceProviderAggregateRetrievalFailed,
  ResourceProviderCreationFailed,
  ResourceProviderDeletionFailed,
  ResourceProviderInUse,
  ResourceProviderTraitRetrievalFailed,
  ResourceProviderUpdateConflict,
  ResourceProviderUpdateFailed,
  TraitCreationFailed,
} from '../exception/index.js'
import { isRecord } from '../util/is-record.js'
import { documentOf, type PlacementClient, PlacementFault, unlessMissing } from './client.js'
import type { Inventory, Provider } from './provider-tree.js'

/** Resource classes and traits that are known to be there. */
const KNOWN = 10_000

/** What a set of a provider was, and the generation that it was read at. */
interface ReadSet {
  readonly values: Set<string>
  readonly generation: number
}

/**
 * Single requests about resource providers, each in nova's microversion, with Placement's refusals as nova's
 * exceptions.
 */
export class ProviderRequests {
  readonly #client: PlacementClient
  readonly #known = new LRUCache<string, true>({ max: KNOWN })

  constructor(client: PlacementClient) {
    this.#client = client
  }

  async providersInTree(context: RequestContext, uuid: string): Promise<readonly Provider[]> {
    const answer = await this.#client.call(context, 'GET', '/resource_providers', {
      version: '1.14',
      query: { in_tree: uuid },
    })
    return listIn(answer, 'resource_providers').map(providerOf)
  }

  /** With what is asked for by itself. */
  async withAssociations(context: RequestContext, provider: Provider): Promise<Provider> {
    const { uuid } = provider
    const answer = await this.#client.call(context, 'GET', `${pathOf(uuid)}/inventories`)
    const { inventories, resource_provider_generation: generation } = documentOf(answer)
    const { values: aggregates } = await this.aggregates(context, uuid)
    const { values: traits } = await this.traits(context, uuid)
    return {
      ...provider,
      generation: Number(generation),
      inventory: isRecord(inventories) ? (inventories as Inventory) : {},
      aggregates,
      traits,
    }
  }

  async create(
    context: RequestContext,
    uuid: string,
    name: string,
    parentUuid: string | null,
  ): Promise<Provider> {
    try {
      const answer = await this.#client.call(context, 'POST', '/resource_providers', {
        version: '1.20',
        json: { uuid, name, ...(parentUuid ? { parent_provider_uuid: parentUuid } : {}) },
      })
      return providerOf(documentOf(answer))
    } catch (error) {
      if (!(error instanceof PlacementFault)) throw error
      const failure = new ResourceProviderCreationFailed({ name })
      failure.cause = error
      throw failure
    }
  }

  async putInventory(
    context: RequestContext,
    { uuid, generation }: Provider,
    inventories: Inventory,
  ): Promise<Pick<Provider, 'inventory' | 'generation'>> {
    await this.#needClasses(context, Object.keys(inventories))
    const url = `${pathOf(uuid)}/inventories`
    const json = { resource_provider_generation: generation, inventories }
    const answer = await this.#put(context, uuid, generation, url, '1.26', json)
    return { inventory: inventories, generation: generationIn(answer) }
  }

  async putAggregates(
    context: RequestContext,
    uuid: string,
    generation: number,
    aggregates: ReadonlySet<string>,
  ): Promise<number> {
    const json = { aggregates: [...aggregates], resource_provider_generation: generation }
    const url = `${pathOf(uuid)}/aggregates`
    return generationIn(await this.#put(context, uuid, generation, url, '1.19', json))
  }

  async putTraits(
    context: RequestContext,
    uuid: string,
    generation: number,
    traits: ReadonlySet<string>,
  ): Promise<number> {
    await this.#needTraits(context, [...traits])
    const json = { resource_provider_generation: generation, traits: [...traits] }
    const url = `${pathOf(uuid)}/traits`
    return generationIn(await this.#put(context, uuid, generation, url, '1.6', json))
  }

  async #put(
    context: RequestContext,
    uuid: string,
    generation: number | null,
    url: string,
    version: string,
    json: object,
  ): Promise<unknown> {
    try {
      return await this.#client.call(context, 'PUT', url, { version, json })
    } catch (error) {
      if (!(error instanceof PlacementFault)) throw error
      const failure = updateFailure(error, uuid, generation, url)
      failure.cause = error
      throw failure
    }
  }

  /** Traits of an operator's own are made when they are first used. @throws TraitCreationFailed */
  async #needTraits(context: RequestContext, traits: readonly string[]): Promise<void> {
    const unknown = traits.filter(name => !this.#known.has(`trait ${name}`))
    if (unknown.length === 0) return
    const answer = await this.#client.call(context, 'GET', '/traits', {
      version: '1.6',
      query: { name: `in:${unknown.join(',')}` },
    })
    const { traits: there } = documentOf(answer)
    const known = new Set(Array.isArray(there) ? there : [])
    for (const name of unknown) {
      if (!known.has(name)) await this.#createTrait(context, name)
      this.#known.set(`trait ${name}`, true)
    }
  }

  async #createTrait(context: RequestContext, name: string): Promise<void> {
    try {
      const path = `/traits/${encodeURIComponent(name)}`
      await this.#client.call(context, 'PUT', path, { version: '1.6' })
    } catch (error) {
      if (!(error instanceof PlacementFault)) throw error
      const failure = new TraitCreationFailed({ name, error: error.detail })
      failure.cause = error
      throw failure
    }
  }

  /** So are resource classes; the standard ones are Placement's. */
  async #needClasses(context: RequestContext, names: readonly string[]): Promise<void> {
    for (const name of names) {
      if (!name.startsWith('CUSTOM_') || this.#known.has(`class ${name}`)) continue
      const path = `/resource_classes/${encodeURIComponent(name)}`
      await this.#client.call(context, 'PUT', path, { version: '1.7' })
      this.#known.set(`class ${name}`, true)
    }
  }

  async delete(context: RequestContext, uuid: string): Promise<void> {
    try {
      await unlessMissing(this.#client.call(context, 'DELETE', pathOf(uuid)))
    } catch (error) {
      if (!(error instanceof PlacementFault)) throw error
      const failure =
        error.status === 409
          ? new ResourceProviderInUse()
          : new ResourceProviderDeletionFailed({ uuid })
      failure.cause = error
      throw failure
    }
  }

  /** @throws ResourceProviderAggregateRetrievalFailed, also when there is no such provider */
  async aggregates(context: RequestContext, uuid: string): Promise<ReadSet> {
    const path = `${pathOf(uuid)}/aggregates`
    try {
      const answer = await this.#client.call(context, 'GET', path, { version: '1.19' })
      const { aggregates } = documentOf(answer)
      return { values: stringsIn(aggregates), generation: generationIn(answer) }
    } catch (error) {
      if (!(error instanceof PlacementFault)) throw error
      const failure = new ResourceProviderAggregateRetrievalFailed({ uuid })
      failure.cause = error
      throw failure
    }
  }

  /** @throws ResourceProviderTraitRetrievalFailed, also when there is no such provider */
  async traits(context: RequestContext, uuid: string): Promise<ReadSet> {
    const path = `${pathOf(uuid)}/traits`
    try {
      const answer = await this.#client.call(context, 'GET', path, { version: '1.6' })
      return { values: stringsIn(documentOf(answer).traits), generation: generationIn(answer) }
    } catch (error) {
      if (!(error instanceof PlacementFault)) throw error
      const failure = new ResourceProviderTraitRetrievalFailed({ uuid })
      failure.cause = error
      throw failure
    }
  }

  /** uuids of those that have claimed something of a provider. */
  async consumers(context: RequestContext, uuid: string): Promise<readonly string[]> {
    const path = `${pathOf(uuid)}/allocations`
    const answer = documentOf(await unlessMissing(this.#client.call(context, 'GET', path)))
    return isRecord(answer.allocations) ? Object.keys(answer.allocations) : []
  }

  /** @returns null when Placement knows none by that name */
  async named(context: RequestContext, name: string): Promise<string | null> {
    const answer = await this.#client.call(context, 'GET', '/resource_providers', {
      query: { name },
    })
    return String(listIn(answer, 'resource_providers')[0]?.uuid ?? '') || null
  }
}

const updateFailure = (
  fault: PlacementFault,
  uuid: string,
  generation: number | null,
  url: string,
) => {
  if (fault.code === 'placement.inventory.inuse') {
    return new InventoryInUse({ resource_class: fault.detail, resource_provider: uuid })
  }
  return fault.status === 409
    ? new ResourceProviderUpdateConflict({ uuid, generation, error: fault.detail })
    : new ResourceProviderUpdateFailed({ url, error: fault.detail })
}

const pathOf = (uuid: string): string => `/resource_providers/${encodeURIComponent(uuid)}`

const generationIn = (answer: unknown): number =>
  Number(documentOf(answer).resource_provider_generation)

const stringsIn = (value: unknown): Set<string> =>
  new Set(Array.isArray(value) ? value.map(String) : [])

const listIn = (answer: unknown, key: string): readonly Readonly<Record<string, unknown>>[] => {
  const list = documentOf(answer)[key]
  return Array.isArray(list) ? list.filter(isRecord) : []
}

const providerOf = (document: Readonly<Record<string, unknown>>): Provider => {
  const { parent_provider_uuid: parent } = document
  return {
    uuid: String(document.uuid),
    name: String(document.name),
    parentUuid: typeof parent === 'string' ? parent : null,
    generation: Number(document.generation),
    inventory: {},
    traits: new Set(),
    aggregates: new Set(),
  }
}
