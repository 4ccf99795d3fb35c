import type { HostState } from '../host-state.js'

/**
 * Hosts by weight, best first, those of equal weight in their order. Only as many are put in order
 * as are asked for: of thousands, a decision needs three.
 */
export class Ranking implements Iterable<HostState> {
  readonly #hosts: readonly HostState[]
  readonly #weights: Float64Array
  /** A heap of indices, the best on top. */
  readonly #heap: Uint32Array
  #size: number

  constructor(hosts: readonly HostState[], weights: Float64Array) {
    this.#hosts = hosts
    this.#weights = weights
    this.#size = hosts.length
    this.#heap = new Uint32Array(this.#size)
    for (let at = 0; at < this.#size; at++) this.#heap[at] = at
    for (let at = (this.#size >> 1) - 1; at >= 0; at--) this.#sink(at)
  }

  get size(): number {
    return this.#size
  }

  /** Weight of the host that comes next. */
  get nextWeight(): number {
    return this.#size > 0 ? (this.#weights[this.#heap[0] ?? 0] ?? 0) : Number.NEGATIVE_INFINITY
  }

  next(): HostState | undefined {
    if (this.#size === 0) return undefined
    const best = this.#heap[0] ?? 0
    this.#size--
    this.#heap[0] = this.#heap[this.#size] ?? 0
    this.#sink(0)
    return this.#hosts[best]
  }

  /** What is left, as it is asked for. */
  *[Symbol.iterator](): Iterator<HostState> {
    for (let host = this.next(); host; host = this.next()) yield host
  }

  #sink(from: number): void {
    const heap = this.#heap
    let at = from
    for (;;) {
      const left = 2 * at + 1
      const right = left + 1
      let best = at
      if (left < this.#size && this.#isBefore(heap[left] ?? 0, heap[best] ?? 0)) best = left
      if (right < this.#size && this.#isBefore(heap[right] ?? 0, heap[best] ?? 0)) best = right
      if (best === at) return
      const index = heap[at] ?? 0
      heap[at] = heap[best] ?? 0
      heap[best] = index
      at = best
    }
  }

  #isBefore(a: number, b: number): boolean {
    const one = this.#weights[a] ?? 0
    const other = this.#weights[b] ?? 0
    return one === other ? a < b : one > other
  }
}
