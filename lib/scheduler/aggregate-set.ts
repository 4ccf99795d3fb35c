/** An aggregate, as a host in it knows it. */
export interface HostAggregate {
  readonly uuid: string
  readonly name: string
  readonly metadata: Readonly<Record<string, string>>
}

/** Keys may be a user's words (extra specs): so many are remembered and no more. */
const REMEMBERED = 200

/**
 * The aggregates that a host is in, and what their metadata says. Hosts in the same ones share it: every
 * filter of every decision asks, and the answers are worked out once.
 */
export class AggregateSet {
  readonly list: readonly HostAggregate[]
  /** Metadata keys, each once. */
  readonly keys: readonly string[]
  /** Whether they weigh anything in another way than nova.conf. */
  readonly saysMultipliers: boolean
  readonly #values = new Map<string, ReadonlySet<string>>()

  constructor(list: readonly HostAggregate[]) {
    this.list = list
    this.keys = [...new Set(list.flatMap(({ metadata }) => Object.keys(metadata)))]
    this.saysMultipliers = this.keys.some(key => key.endsWith('_multiplier'))
  }

  /** Values of a metadata key, each split at commas. */
  values(key: string): ReadonlySet<string> {
    return this.#values.get(key) ?? this.#read(key, name => name === key)
  }

  /** The same, of all keys that begin so. */
  valuesBelow(prefix: string): ReadonlySet<string> {
    const label = `${prefix}*`
    return this.#values.get(label) ?? this.#read(label, name => name.startsWith(prefix))
  }

  #read(label: string, isMeant: (name: string) => boolean): ReadonlySet<string> {
    const values = new Set<string>()
    for (const { metadata } of this.list) {
      for (const name in metadata) {
        if (!isMeant(name)) continue
        for (const value of metadata[name]?.split(',') ?? []) values.add(value.trim())
      }
    }
    if (this.#values.size < REMEMBERED) this.#values.set(label, values)
    return values
  }
}

export const noAggregates = new AggregateSet([])
