import type { Audit } from '../audit.js'
import { askedFilters, filtered } from '../choose.js'
import type { HostFilter } from '../filters/index.js'
import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'
import { type HostWeigher, weightsOf } from '../weighers/index.js'
import type { CostFunction } from '../weighers/least-cost.js'
import { Ranking } from '../weighers/ranking.js'
import type { SchedulerDriver } from './driver.js'

export interface FilterDriverOptions {
  /** `[filter_scheduler] enabled_filters` */
  readonly filters: readonly HostFilter[]
  readonly weighers: readonly HostWeigher[]
  /** `[DEFAULT] least_cost_functions`: not empty, they weigh, as they did before there were weighers. */
  readonly costs: readonly CostFunction[]
  /** `[filter_scheduler] host_subset_size`: the choice is random among so many best. */
  readonly hostSubsetSize: number
  /** `[filter_scheduler] shuffle_best_same_weighed_hosts` */
  readonly shuffleBest: boolean
  /** 0 up to 1 */
  readonly random: () => number
}

/** nova's FilterScheduler: filters, then weights. */
export class FilterDriver implements SchedulerDriver {
  readonly name = 'filter_scheduler'
  readonly needs: SchedulerDriver['needs']
  readonly #options: FilterDriverOptions

  constructor(options: FilterDriverOptions) {
    this.#options = options
    const parts = [...options.filters, ...options.weighers]
    this.needs = [...new Set(parts.flatMap(({ needs }) => needs ?? []))]
  }

  async prepare(hosts: readonly HostState[], request: SchedulerRequest): Promise<void> {
    for (const filter of askedFilters(request, this.#options.filters)) {
      if (filter.prepare && (filter.concerns?.(request) ?? true)) {
        await filter.prepare(hosts, request)
      }
    }
  }

  rank(
    hosts: readonly HostState[],
    request: SchedulerRequest,
    first: boolean,
    audit?: Audit,
  ): Iterable<HostState> {
    const { filters, weighers, costs } = this.#options
    const passed = filtered(hosts, request, filters, first, audit)
    const weights =
      costs.length > 0
        ? costsOf(passed, request, costs)
        : weightsOf(passed, request, weighers, audit?.weighed?.bind(audit))
    audit?.ranked?.(passed, weights)
    return this.#preferred(new Ranking(passed, weights))
  }

  /** Chance has its say where it was given one; the rest follow by weight. */
  #preferred(ranking: Ranking): Iterable<HostState> {
    const { hostSubsetSize, shuffleBest, random } = this.#options
    if (hostSubsetSize < 2 && !shuffleBest) return ranking
    const head: HostState[] = []
    const best = ranking.nextWeight
    while (
      ranking.size > 0 &&
      (head.length < hostSubsetSize || (shuffleBest && ranking.nextWeight === best))
    ) {
      const host = ranking.next()
      if (host) head.push(host)
    }
    if (shuffleBest) shuffle(head, random)
    const at = Math.floor(random() * Math.min(hostSubsetSize, head.length))
    head.unshift(...head.splice(at, 1))
    return concatenated(head, ranking)
  }
}

const costsOf = (
  hosts: readonly HostState[],
  request: SchedulerRequest,
  costs: readonly CostFunction[],
): Float64Array =>
  // The least cost is the best.
  Float64Array.from(
    hosts,
    host => -costs.reduce((sum, { weight, cost }) => sum + weight * cost(host, request), 0),
  )

/** Fisher and Yates's. */
export const shuffle = <T>(items: T[], random: () => number): T[] => {
  for (let at = items.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    const item = items[at] as T
    items[at] = items[other] as T
    items[other] = item
  }
  return items
}

function* concatenated<T>(...lists: readonly Iterable<T>[]): Generator<T> {
  for (const list of lists) yield* list
}
