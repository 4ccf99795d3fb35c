import type { Database } from '../db/database.js'
import { hostAggregates } from '../db/queries/api/host-aggregates.js'
import {
  type HostPulse,
  type HostStateRow,
  hostPulses,
  hostStates,
} from '../db/queries/cell/host-states.js'
import type { ApiSchema } from '../db/schema/api.js'
import { AggregateSet, type HostAggregate, noAggregates } from './aggregate-set.js'
import type { CapacitySource } from './capacity-source.js'
import { type Capacity, type HostService, HostState } from './host-state.js'
import type { CellAccess, LivingCells } from './living-cells.js'
import { parsed } from './stored-columns.js'

/** A host, and by what it is seen that its rows have changed. */
interface Known {
  readonly state: HostState
  readonly updatedAt: number
  generation: number | undefined
}

/** Nodes or providers that one query asks for. */
const AT_ONCE = 500
/** Milliseconds: rows change again within the second that their time is kept to. */
const CLOCK_GRAIN = 2000

/**
 * Reads hosts from the databases: all of them at first, later only what has changed since. What tells
 * that, is a few columns of each node, and the generation of its claims.
 */
export class HostReader {
  readonly #api: Database<ApiSchema>
  readonly #cells: LivingCells
  readonly #capacities: CapacitySource
  #known: ReadonlyMap<string, Known> = new Map()

  constructor(api: Database<ApiSchema>, cells: LivingCells, capacities: CapacitySource) {
    this.#api = api
    this.#cells = cells
    this.#capacities = capacities
  }

  /** Everything anew. @returns the hosts in the order of their nodes' ids, cell by cell */
  async readAll(): Promise<readonly HostState[]> {
    const aggregates = await this.#aggregates()
    const generations = await this.#capacities.generations()
    const capacities = await this.#capacities.capacities()
    const known = new Map<string, Known>()
    for (const { cell, answer } of await this.#cells.ask(({ db }) => hostStates(db.kysely))) {
      for (const row of answer) {
        if (!isReady(row)) continue
        const state = stateOf(row, cell.uuid, aggregates.get(row.host), capacities.get(row.uuid))
        known.set(keyOf(cell, row.id), entryOf(state, row, generations.get(row.uuid)))
      }
    }
    return this.#take(known)
  }

  /**
   * What has changed since the last reading; the hosts that have not stay the same objects.
   *
   * @param recountAll  whether all claims are read, for not everyone counts generations up
   */
  async readChanged(recountAll: boolean): Promise<readonly HostState[]> {
    const begun = Date.now()
    const aggregates = await this.#aggregates()
    const generations = await this.#capacities.generations()
    const known = new Map<string, Known>()
    const changed = new Map<string, readonly number[]>()
    for (const { cell, answer } of await this.#cells.ask(({ db }) => hostPulses(db.kysely))) {
      const ids: number[] = []
      for (const pulse of answer) {
        const key = keyOf(cell, pulse.id)
        const before = this.#known.get(key)
        if (!before || hasMoved(before, pulse, begun)) ids.push(pulse.id)
        if (before) {
          known.set(key, before)
          before.state.service = serviceOf(before.state.host, pulse)
          before.state.aggregateSet = aggregates.get(before.state.host) ?? noAggregates
        } else {
          // Its place in the order, which the state comes to.
          known.set(key, pending)
        }
      }
      if (ids.length > 0) changed.set(cell.uuid, ids)
    }
    const recounted = [...known.values()].filter(
      one => one !== pending && (recountAll || one.generation !== generations.get(one.state.uuid)),
    )
    await this.recount(recounted.map(({ state }) => state))
    for (const one of recounted) one.generation = generations.get(one.state.uuid)
    for (const { cell, rows } of await this.#rowsOf(changed)) {
      const uuids = rows.map(({ uuid }) => uuid)
      const capacities = await this.#capacities.capacities(uuids)
      for (const row of rows.filter(isReady)) {
        const { uuid, host } = row
        const state = stateOf(row, cell.uuid, aggregates.get(host), capacities.get(uuid))
        known.set(keyOf(cell, row.id), entryOf(state, row, generations.get(uuid)))
      }
    }
    for (const [key, one] of known) if (one === pending) known.delete(key)
    return this.#take(known)
  }

  /** Nodes by cell and number, some hundreds at a time. */
  async #rowsOf(
    nodes: ReadonlyMap<string, readonly number[]>,
  ): Promise<{ readonly cell: CellAccess; readonly rows: readonly HostStateRow[] }[]> {
    if (nodes.size === 0) return []
    const answers = await this.#cells.ask(async ({ uuid, db }) => {
      const parts: (readonly HostStateRow[])[] = []
      for (const some of chunks(nodes.get(uuid) ?? [])) {
        parts.push(await hostStates(db.kysely, some))
      }
      return parts
    }, new Set(nodes.keys()))
    return answers.flatMap(({ cell, answer }) => answer.map(rows => ({ cell, rows })))
  }

  /** Reads what is claimed of these hosts. */
  async recount(hosts: readonly HostState[]): Promise<void> {
    const isMost = hosts.length > AT_ONCE * 2
    for (const some of isMost ? [hosts] : chunks(hosts)) {
      const uuids = isMost ? undefined : some.map(({ uuid }) => uuid)
      const capacities = await this.#capacities.capacities(uuids)
      for (const host of some) host.recount(capacities.get(host.uuid) ?? new Map())
    }
  }

  /** By host; those in the same aggregates share one set. */
  async #aggregates(): Promise<ReadonlyMap<string, AggregateSet>> {
    const aggregates = new Map<string, HostAggregate[]>()
    for (const { host, ...aggregate } of await hostAggregates(this.#api.kysely)) {
      const list = aggregates.get(host)
      if (list) list.push(aggregate)
      else aggregates.set(host, [aggregate])
    }
    const sets = new Map<string, AggregateSet>()
    return new Map(
      [...aggregates].map(([host, list]) => {
        const key = list.map(({ uuid, name }) => uuid || name).join()
        const set = sets.get(key) ?? new AggregateSet(list)
        sets.set(key, set)
        return [host, set]
      }),
    )
  }

  #take(known: ReadonlyMap<string, Known>): readonly HostState[] {
    this.#known = known
    return Array.from(known.values(), ({ state }) => state)
  }
}

/** Stands for a node that was seen for the first time, until its row is read. */
const pending = Object.freeze({}) as Known

const keyOf = ({ uuid }: CellAccess, id: number): string => `${uuid}/${id}`

const entryOf = (state: HostState, row: HostStateRow, generation: number | undefined): Known => ({
  state,
  updatedAt: row.updated_at?.getTime() ?? 0,
  generation,
})

const hasMoved = ({ updatedAt }: Known, { updated_at: now }: HostPulse, begun: number): boolean => {
  const time = now?.getTime() ?? 0
  return time !== updatedAt || time > begun - CLOCK_GRAIN
}

/** A node that has not said how much disk it has is not ready (nova ignores it too). */
const isReady = (row: HostStateRow): boolean => row.free_disk_gb !== null

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += AT_ONCE) yield items.slice(at, at + AT_ONCE)
}

const serviceOf = (host: string, row: Omit<HostPulse, 'id' | 'updated_at'>): HostService => ({
  host,
  disabled: row.disabled === 1,
  forcedDown: row.forced_down === 1,
  lastSeenUp: (row.last_seen_up ?? row.service_created_at)?.getTime() ?? 0,
})

const stateOf = (
  row: HostStateRow,
  cellUuid: string,
  aggregates: AggregateSet = noAggregates,
  capacities: ReadonlyMap<string, Capacity> = new Map(),
): HostState => {
  const freeDiskGb = Math.min(
    row.free_disk_gb ?? 0,
    row.disk_available_least ?? Number.POSITIVE_INFINITY,
  )
  return new HostState({
    uuid: row.uuid,
    host: row.host,
    nodename: row.hypervisor_hostname,
    cellUuid,
    service: serviceOf(row.host, row),
    aggregates,
    capacities,
    hostIp: row.host_ip,
    hypervisorType: row.hypervisor_type,
    hypervisorVersion: row.hypervisor_version,
    cpuInfo: row.cpu_info,
    stored: { metrics: row.metrics, pciStats: row.pci_stats, numaTopology: row.numa_topology },
    supportedInstances: listIn(row.supported_instances),
    stats: mapIn(row.stats),
    freeRamMb: row.free_ram_mb ?? 0,
    freeDiskMb: freeDiskGb * 1024,
    totalUsableRamMb: row.memory_mb,
    totalUsableDiskGb: row.local_gb,
    vcpusTotal: row.vcpus,
    vcpusUsed: row.vcpus_used,
    cpuAllocationRatio: row.cpu_allocation_ratio || 1,
    ramAllocationRatio: row.ram_allocation_ratio || 1,
    diskAllocationRatio: row.disk_allocation_ratio || 1,
    instances: new Set(),
  })
}

const listIn = (text: string | null): readonly (readonly string[])[] => {
  const value = parsed(text)
  return Array.isArray(value) ? value.filter(Array.isArray).map(item => item.map(String)) : []
}

const mapIn = (text: string | null): Readonly<Record<string, string>> => {
  const value = parsed(text)
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]))
}
