import { LRUCache } from 'lru-cache'
import type { Database } from '../db/database.js'
import {
  closedHosts,
  flavorsOnHosts,
  hostsOfInstances,
  imagesOnHosts,
} from '../db/queries/cell/host-states.js'
import type { ApiSchema } from '../db/schema/api.js'
import type { Log } from '../log/index.js'
import { type CapacitySource, databaseCapacities } from './capacity-source.js'
import type { InstanceFact } from './filters/filter.js'
import { HostReader } from './host-reader.js'
import type { HostState } from './host-state.js'
import { type CellAccess, LivingCells } from './living-cells.js'

export type { CellAccess } from './living-cells.js'

export interface HostManagerOptions {
  readonly api: Database<ApiSchema>
  /** The cells in which hosts may be chosen: enabled ones, without cell0. */
  readonly cells: () => Promise<readonly CellAccess[]>
  /** What hosts have; our own tables when absent. */
  readonly capacities?: CapacitySource | undefined
  /** Milliseconds after which what has changed is read; after twice as many, it is waited for. */
  readonly maxAge: number
  /** ms since the epoch */
  readonly now?: () => number
  readonly log?: Log | undefined
  /** Seconds that a cell has for an answer; 10 when absent. */
  readonly cellTimeLimit?: number | undefined
}

/** Instances whose host is remembered, for group policies. */
const REMEMBERED = 50_000
/** Milliseconds that a choice counts while no row says where the instance is. */
const ON_ITS_WAY = 120_000
/** Readings of what has changed between two of everything. */
const PARTIAL = 6

/** How much is read, from little to all. */
const Reading = { changed: 0, recounted: 1, all: 2 } as const
type Reading = number

/**
 * All hosts as the scheduler sees them, in memory. What has changed is read beside the decisions, now
 * and then; what changes at once is read at every decision (disabled services: a few rows), and what
 * others tell by fanout marks hosts to be read again. It may be behind all the same: claims have the
 * last word.
 */
export class HostManager {
  readonly #options: HostManagerOptions
  readonly #cells: LivingCells
  readonly #reader: HostReader
  readonly #now: () => number
  readonly #placed: LRUCache<string, { readonly host: string; readonly at: number }>
  readonly #stale = new Set<string>()
  #hosts: readonly HostState[] = []
  #byHost: ReadonlyMap<string, readonly HostState[]> = new Map()
  /** Hosts whose services take nothing new. */
  #closed: ReadonlySet<string> = new Set()
  #isExpired = false
  #readAt = Number.NEGATIVE_INFINITY
  #partialReadings = 0
  #reading: Promise<void> | undefined
  #next: Promise<void> | undefined
  #nextReading: Reading = Reading.changed

  constructor(options: HostManagerOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    const { log, cellTimeLimit: timeLimit } = options
    this.#cells = new LivingCells(options.cells, { log, timeLimit, now: this.#now })
    const { api, capacities = databaseCapacities(api) } = options
    this.#reader = new HostReader(api, this.#cells, capacities)
    this.#placed = new LRUCache<string, { readonly host: string; readonly at: number }>({
      max: REMEMBERED,
      dispose: ({ host }, uuid) => this.#take(uuid, host),
    })
  }

  /**
   * @param fresh  read now all that may have changed
   * @returns the hosts in the order of their nodes' ids, cell by cell; without those of cells that are down
   */
  async hosts({ fresh = false } = {}): Promise<readonly HostState[]> {
    if (fresh) this.#cells.wake()
    const age = this.#now() - this.#readAt
    if (age > this.#options.maxAge * PARTIAL) await this.#read(Reading.all)
    else if (fresh) await this.#read(Reading.recounted)
    else if (this.#isExpired || age > this.#options.maxAge * 2) await this.#read(Reading.changed)
    // Who decides meanwhile does with what is known; a failure is met by him who has to wait.
    else if (age > this.#options.maxAge && !this.#reading) this.#readBeside()
    if (this.#stale.size > 0) await this.#readStale()
    await this.#readClosed()
    // What is remembered of a cell that has gone meanwhile leads nowhere.
    const { down } = this.#cells
    return down.size ? this.#hosts.filter(({ cellUuid }) => !down.has(cellUuid)) : this.#hosts
  }

  /** Tells hosts which of these instances they have: read anew, for policies are about now. */
  async locate(uuids: readonly string[]): Promise<void> {
    const where = new Map<string, string>()
    const answers = await this.#cells.ask(({ db }) => hostsOfInstances(db.kysely, uuids))
    for (const { answer } of answers) for (const [uuid, host] of answer) where.set(uuid, host)
    for (const uuid of uuids) {
      const host = where.get(uuid)
      const known = this.#placed.get(uuid)
      if (host !== undefined) this.placed(uuid, host)
      else if (known && this.#now() - known.at > ON_ITS_WAY) this.#placed.delete(uuid)
      // The host's state may be another one than when it was placed.
      else if (known) this.#put(uuid, known.host)
    }
  }

  /** Reads of all instances what filters and weighers ask for. */
  async learn(facts: readonly InstanceFact[]): Promise<void> {
    const answers = await this.#cells.ask(async ({ db }) => ({
      flavors: facts.includes('flavors') ? await flavorsOnHosts(db.kysely) : null,
      images: facts.includes('images') ? await imagesOnHosts(db.kysely) : null,
    }))
    for (const {
      cell: { uuid },
      answer: { flavors, images },
    } of answers) {
      for (const state of this.#hosts) {
        if (state.cellUuid !== uuid) continue
        if (flavors) state.flavorIds = flavors.get(state.host) ?? new Set()
        if (images) state.imageProperties = images.get(state.host) ?? []
      }
    }
  }

  placed(instanceUuid: string, host: string): void {
    this.#placed.set(instanceUuid, { host, at: this.#now() })
    this.#put(instanceUuid, host)
  }

  removed(instanceUuid: string, host: string): void {
    if (this.#placed.get(instanceUuid)?.host === host) this.#placed.delete(instanceUuid)
    this.#take(instanceUuid, host)
    for (const state of this.#byHost.get(host) ?? []) this.#stale.add(state.uuid)
  }

  /** What is known of the host's use is wrong: a claim there failed. */
  markStale(host: HostState): void {
    this.#stale.add(host.uuid)
  }

  /** What has changed is read before the next decision. */
  expire(): void {
    this.#isExpired = true
  }

  #put(uuid: string, host: string): void {
    for (const state of this.#byHost.get(host) ?? []) state.instances.add(uuid)
  }

  #take(uuid: string, host: string): void {
    for (const state of this.#byHost.get(host) ?? []) state.instances.delete(uuid)
  }

  /** One reading at a time; who asks while one runs shares the next, which sees what he knows of. */
  #read(reading: Reading): Promise<void> {
    this.#nextReading = Math.max(this.#nextReading, reading)
    this.#next ??= (this.#reading ?? Promise.resolve())
      .catch(() => {})
      .then(() => {
        const next = this.#nextReading
        this.#next = undefined
        this.#nextReading = Reading.changed
        return this.#begin(next)
      })
    return this.#next
  }

  #begin(kind: Reading): Promise<void> {
    const reading = this.#perform(kind).finally(() => {
      if (this.#reading === reading) this.#reading = undefined
    })
    this.#reading = reading
    return reading
  }

  #readBeside(): void {
    const isWhole = this.#partialReadings >= PARTIAL
    this.#begin(isWhole ? Reading.all : Reading.changed).catch(() => {})
  }

  async #perform(reading: Reading): Promise<void> {
    const begun = this.#now()
    this.#isExpired = false
    if (reading === Reading.all) this.#know(await this.#reader.readAll(), begun)
    else this.#know(await this.#reader.readChanged(reading === Reading.recounted), begun)
    this.#partialReadings = reading === Reading.all ? 0 : this.#partialReadings + 1
  }

  #know(hosts: readonly HostState[], begun: number): void {
    this.#hosts = hosts
    this.#byHost = Map.groupBy(hosts, ({ host }) => host)
    const closed = hosts.filter(({ service }) => service.disabled || service.forcedDown)
    this.#closed = new Set(closed.map(({ host }) => host))
    this.#readAt = begun
  }

  async #readStale(): Promise<void> {
    const wanted = new Set(this.#stale)
    this.#stale.clear()
    await this.#reader.recount(this.#hosts.filter(({ uuid }) => wanted.has(uuid)))
  }

  async #readClosed(): Promise<void> {
    const closed = new Map<string, { disabled: boolean; forcedDown: boolean }>()
    for (const { answer } of await this.#cells.ask(({ db }) => closedHosts(db.kysely))) {
      for (const { host, ...flags } of answer) closed.set(host, flags)
    }
    // Those that were closed, and those that are: of thousands, a few.
    for (const host of new Set([...this.#closed, ...closed.keys()])) {
      const { disabled = false, forcedDown = false } = closed.get(host) ?? {}
      for (const state of this.#byHost.get(host) ?? []) {
        const { service } = state
        if (service.disabled !== disabled || service.forcedDown !== forcedDown) {
          state.service = { ...service, disabled, forcedDown }
        }
      }
    }
    this.#closed = new Set(closed.keys())
  }
}
