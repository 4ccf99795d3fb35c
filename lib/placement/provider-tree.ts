import { randomUUID } from 'node:crypto'

/** What a provider has of one resource class, in Placement's words. */
export interface InventoryRecord {
  readonly total: number
  readonly reserved: number
  readonly min_unit: number
  readonly max_unit: number
  readonly step_size: number
  readonly allocation_ratio: number
}

/** By resource class. */
export type Inventory = Readonly<Record<string, InventoryRecord>>

export interface Provider {
  readonly uuid: string
  readonly name: string
  /** null: the root */
  readonly parentUuid: string | null
  /** null: not yet known to Placement */
  readonly generation: number | null
  readonly inventory: Inventory
  readonly traits: ReadonlySet<string>
  readonly aggregates: ReadonlySet<string>
}

/**
 * A compute node as a tree of resource providers: the node itself at the root, and below it what has an
 * inventory of its own (nova.compute.provider_tree). A driver edits it; what it leaves alone stays.
 */
export class ProviderTree {
  readonly #providers: Map<string, Provider>

  /** @param providers  parents before their children */
  constructor(providers: Iterable<Provider>) {
    this.#providers = new Map(Array.from(providers, one => [one.uuid, one]))
  }

  /** Parents before their children. */
  get providers(): readonly Provider[] {
    return [...this.#providers.values()]
  }

  /** @param which  uuid or name */
  find(which: string): Provider | undefined {
    return (
      this.#providers.get(which) ?? this.providers.find(({ name }) => name === which) ?? undefined
    )
  }

  /** @throws TypeError when there is none such */
  get(which: string): Provider {
    const found = this.find(which)
    if (!found) throw new TypeError(`there is no resource provider '${which}' in the tree`)
    return found
  }

  /** @param parent  its uuid or name */
  newChild(name: string, parent: string, uuid: string = randomUUID()): Provider {
    const child: Provider = {
      uuid,
      name,
      parentUuid: this.get(parent).uuid,
      generation: null,
      inventory: {},
      traits: new Set(),
      aggregates: new Set(),
    }
    this.#providers.set(uuid, child)
    return child
  }

  /** Takes a provider away, with all that is below it. */
  remove(which: string): void {
    const gone = this.find(which)
    if (!gone) return
    this.#providers.delete(gone.uuid)
    for (const { uuid, parentUuid } of this.providers) {
      if (parentUuid === gone.uuid) this.remove(uuid)
    }
  }

  updateInventory(which: string, inventory: Inventory): void {
    this.#change(which, { inventory })
  }

  updateTraits(which: string, traits: Iterable<string>): void {
    this.#change(which, { traits: new Set(traits) })
  }

  updateAggregates(which: string, aggregates: Iterable<string>): void {
    this.#change(which, { aggregates: new Set(aggregates) })
  }

  /** As Placement has it now. */
  replace(provider: Provider): void {
    this.#providers.set(provider.uuid, provider)
  }

  copy(): ProviderTree {
    return new ProviderTree(this.providers)
  }

  #change(which: string, values: Partial<Provider>): void {
    const provider = this.get(which)
    this.#providers.set(provider.uuid, { ...provider, ...values })
  }
}

export const sameInventory = (a: Inventory, b: Inventory): boolean => {
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every(name => {
      const [one, other] = [a[name], b[name]]
      return (
        one !== undefined &&
        other !== undefined &&
        (Object.keys(one) as (keyof InventoryRecord)[]).every(key => one[key] === other[key])
      )
    })
  )
}
