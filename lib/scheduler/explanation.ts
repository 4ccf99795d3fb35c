import type { Audit } from './audit.js'
import type { HostState } from './host-state.js'
import type { HostWeigher } from './weighers/index.js'

/** What one weigher gave a host. */
export interface WeighedPart {
  readonly value: number
  /** Its part of the host's weight: the value over the list, times the multiplier. */
  readonly weight: number
}

export interface RankedHost {
  readonly rank: number
  readonly host: string
  readonly node: string
  readonly cell: string
  readonly weight: number
  readonly weighers: Readonly<Record<string, WeighedPart>>
}

export interface DroppedHost {
  readonly host: string
  readonly node: string
  readonly cell: string
  /** The filter's name, or the stage's. */
  readonly by: string
  readonly why: string
}

/** The whole story of a decision: every host, dropped or weighed. */
export class Explanation implements Audit {
  readonly #dropped: DroppedHost[] = []
  readonly #parts = new Map<HostState, Record<string, WeighedPart>>()
  #ranked: readonly { readonly state: HostState; readonly weight: number }[] = []

  dropped(host: HostState, by: string, why: () => string): void {
    this.#dropped.push({ ...named(host), by, why: why() })
  }

  weighed({ name }: HostWeigher, host: HostState, value: number, weight: number): void {
    const parts = this.#parts.get(host) ?? {}
    parts[name] = { value, weight }
    this.#parts.set(host, parts)
  }

  ranked(hosts: readonly HostState[], weights: Float64Array): void {
    this.#ranked = hosts
      .map((state, at) => ({ state, weight: weights[at] ?? 0 }))
      .sort((a, b) => b.weight - a.weight)
  }

  /** Those that passed, best first. */
  get hosts(): readonly RankedHost[] {
    return this.#ranked.map(({ state, weight }, at) => ({
      rank: at + 1,
      ...named(state),
      weight,
      weighers: this.#parts.get(state) ?? {},
    }))
  }

  get droppedHosts(): readonly DroppedHost[] {
    return this.#dropped
  }
}

const named = ({ host, nodename, cellUuid }: HostState) => ({
  host,
  node: nodename,
  cell: cellUuid,
})
