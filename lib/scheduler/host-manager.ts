import { LRUCache } from 'lru-cache'
import type { Database } from '../db/database.js'
import { hostAggregates } from '../db/queries/api/host-aggregates.js'
import { type ProviderCapacity, providerCapacities } from '../db/queries/api/placement.js'
import {
  closedHosts,
  type HostStateRow,
  hostStates,
  hostsOfInstances,
} from '../db/queries/cell/host-states.js'
import type { ApiSchema } from '../db/schema/api.js'
import type { CellSchema } from '../db/schema/cell.js'
import { type Capacity, type HostAggregate, HostState } from './host-state.js'

export interface CellAccess {
  readonly uuid: string
  readonly db: Database<CellSchema>
}

export interface HostManagerOptions {
  readonly api: Database<ApiSchema>
  /** The cells in which hosts may be chosen: enabled ones, without cell0. */
  readonly cells: () => Promise<readonly CellAccess[]>
  /** Milliseconds after which all is read again. */
  readonly maxAge: number
  /** ms since the epoch */
  readonly now?: () => number
}

/** Instances whose host is remembered, for group policies: those of the last minutes. */
const REMEMBERED = 50_000

/**
 * All hosts as the scheduler sees them, in memory. Read again when old, or asked to; what changes at
 * once is read at every decision (disabled services: a few rows), and what others tell by fanout
 * marks hosts to be read again. It may be behind all the same: claims have the last word.
 */
export class HostManager {
  readonly #api: Database<ApiSchema>
  readonly #cells: HostManagerOptions['cells']
  readonly #maxAge: number
  readonly #now: () => number
  readonly #placed = new LRUCache<string, string>({ max: REMEMBERED })
  readonly #stale = new Set<string>()
  #hosts: readonly HostState[] = []
  #byHost = new Map<string, HostState[]>()
  #readAt = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(options: HostManagerOptions) {
    this.#api = options.api
    this.#cells = options.cells
    this.#maxAge = options.maxAge
    this.#now = options.now ?? Date.now
  }

  /**
   * @param fresh  read everything now
   * @returns the hosts in the order of their nodes' ids, cell by cell
   */
  async hosts({ fresh = false } = {}): Promise<readonly HostState[]> {
    if (fresh || this.#now() - this.#readAt > this.#maxAge) await this.#read()
    if (this.#stale.size > 0) await this.#readStale()
    await this.#readClosed()
    return this.#hosts
  }

  /** Tells hosts which of these instances they have: read anew, for group policies are about now. */
  async locate(uuids: readonly string[]): Promise<void> {
    const where = new Map<string, string>()
    for (const uuid of uuids) {
      const host = this.#placed.get(uuid)
      if (host !== undefined) where.set(uuid, host)
    }
    for (const { db } of await this.#cells()) {
      for (const [uuid, host] of await hostsOfInstances(db.kysely, uuids)) where.set(uuid, host)
    }
    for (const [uuid, host] of where) {
      for (const state of this.#byHost.get(host) ?? []) state.instances.add(uuid)
    }
  }

  placed(instanceUuid: string, host: string): void {
    this.#placed.set(instanceUuid, host)
  }

  removed(instanceUuid: string, host: string): void {
    this.#placed.delete(instanceUuid)
    for (const state of this.#byHost.get(host) ?? []) {
      state.instances.delete(instanceUuid)
      this.#stale.add(state.uuid)
    }
  }

  /** What is known of the host's use is wrong: a claim there failed. */
  markStale(host: HostState): void {
    this.#stale.add(host.uuid)
  }

  /** All is read again at the next decision. */
  expire(): void {
    this.#readAt = Number.NEGATIVE_INFINITY
  }

  /** One reading at a time; who asks while one runs shares the next, which sees what he knows of. */
  #read(): Promise<void> {
    this.#next ??= (this.#reading ?? Promise.resolve())
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        this.#reading = this.#readAll()
        return this.#reading
      })
    return this.#next
  }

  async #readAll(): Promise<void> {
    const begun = this.#now()
    const aggregates = new Map<string, HostAggregate[]>()
    for (const { host, ...aggregate } of await hostAggregates(this.#api.kysely)) {
      aggregates.set(host, [...(aggregates.get(host) ?? []), aggregate])
    }
    const capacities = byProvider(await providerCapacities(this.#api.kysely))
    const hosts: HostState[] = []
    for (const cell of await this.#cells()) {
      for (const row of await hostStates(cell.db.kysely)) {
        // A node that has not said how much disk it has is not ready (nova ignores it too).
        if (row.free_disk_gb === null) continue
        hosts.push(
          stateOf(row, cell.uuid, aggregates.get(row.host) ?? [], capacities.get(row.uuid)),
        )
      }
    }
    this.#hosts = hosts
    this.#byHost = Map.groupBy(hosts, ({ host }) => host)
    this.#stale.clear()
    this.#readAt = begun
  }

  async #readStale(): Promise<void> {
    const uuids = [...this.#stale]
    this.#stale.clear()
    const capacities = byProvider(await providerCapacities(this.#api.kysely, uuids))
    const wanted = new Set(uuids)
    for (const host of this.#hosts) {
      if (wanted.has(host.uuid)) host.recount(capacities.get(host.uuid) ?? new Map())
    }
  }

  async #readClosed(): Promise<void> {
    const closed = new Map<string, { disabled: boolean; forcedDown: boolean }>()
    for (const { db } of await this.#cells()) {
      for (const { host, ...flags } of await closedHosts(db.kysely)) closed.set(host, flags)
    }
    for (const state of this.#hosts) {
      const { disabled = false, forcedDown = false } = closed.get(state.host) ?? {}
      const { service } = state
      if (service.disabled !== disabled || service.forcedDown !== forcedDown) {
        state.service = { ...service, disabled, forcedDown }
      }
    }
  }
}

const byProvider = (
  rows: readonly ProviderCapacity[],
): ReadonlyMap<string, ReadonlyMap<string, Capacity>> => {
  const providers = new Map<string, Map<string, Capacity>>()
  for (const row of rows) {
    const classes = providers.get(row.providerUuid) ?? new Map<string, Capacity>()
    classes.set(row.resourceClass, {
      total: row.total,
      reserved: row.reserved,
      ratio: row.allocationRatio,
      maxUnit: row.maxUnit,
      used: row.used,
    })
    providers.set(row.providerUuid, classes)
  }
  return providers
}

const stateOf = (
  row: HostStateRow,
  cellUuid: string,
  aggregates: readonly HostAggregate[],
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
    service: {
      host: row.host,
      disabled: row.disabled === 1,
      forcedDown: row.forced_down === 1,
      lastSeenUp: (row.last_seen_up ?? row.service_created_at)?.getTime() ?? 0,
    },
    aggregates,
    capacities,
    hypervisorType: row.hypervisor_type,
    hypervisorVersion: row.hypervisor_version,
    cpuInfo: row.cpu_info,
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
  const value: unknown = parsed(text)
  return Array.isArray(value) ? value.filter(Array.isArray).map(item => item.map(String)) : []
}

const mapIn = (text: string | null): Readonly<Record<string, string>> => {
  const value: unknown = parsed(text)
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]))
}

/** A column that another program wrote: what is no JSON tells nothing. */
const parsed = (text: string | null): unknown => {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}
