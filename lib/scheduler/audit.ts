import type { HostState } from './host-state.js'
import type { HostWeigher } from './weighers/index.js'

/** Is told what becomes of each host in a decision; most decisions have none. */
export interface Audit {
  /** @param by  the filter's name, or the stage's; `why` is worked out only where it is shown */
  dropped(host: HostState, by: string, why: () => string): void
  weighed?(weigher: HostWeigher, host: HostState, raw: number, weighed: number): void
  /** All that passed, with their weights or costs. */
  ranked?(hosts: readonly HostState[], weights: Float64Array): void
}

/** Hosts told by name for each filter. */
const EXAMPLES = 3

/**
 * Why there was no host, in short:
 * `of 5 hosts, ComputeFilter dropped 3 (a: nova-compute is disabled; …), resources 2 (…)`.
 */
export class Summary implements Audit {
  readonly #total: number
  readonly #stages = new Map<string, { count: number; readonly examples: string[] }>()

  constructor(total: number) {
    this.#total = total
  }

  dropped(host: HostState, by: string, why: () => string): void {
    let stage = this.#stages.get(by)
    if (!stage) {
      stage = { count: 0, examples: [] }
      this.#stages.set(by, stage)
    }
    stage.count++
    if (stage.examples.length < EXAMPLES) stage.examples.push(`${host.host}: ${why()}`)
  }

  get text(): string {
    const count = this.#total
    if (count === 0) return 'there are no hosts: no enabled cell has a compute node'
    const left = count - [...this.#stages.values()].reduce((sum, stage) => sum + stage.count, 0)
    const parts = [...this.#stages].map(([by, stage]) => {
      const more = stage.count > stage.examples.length ? '; …' : ''
      return `${by} dropped ${stage.count} (${stage.examples.join('; ')}${more})`
    })
    if (left > 0) parts.push(`${left} passed, and had no room when it was claimed`)
    return `of ${count} host${count === 1 ? '' : 's'}, ${parts.join(', ')}`
  }
}
