import type { HostCell } from './numa-fit.js'
import type { PciPool } from './pci-fit.js'
import type { Resources } from './resources.js'
import { readMetrics, readNumaCells, readPciPools } from './stored-columns.js'

export interface HostAggregate {
  readonly uuid: string
  readonly name: string
  readonly metadata: Readonly<Record<string, string>>
}

export interface HostService {
  readonly host: string
  readonly disabled: boolean
  readonly forcedDown: boolean
  /** ms since the epoch: last_seen_up, or created_at while it was never seen. */
  readonly lastSeenUp: number
}

/** Room for one resource class on one host, as claims count it. */
export interface Capacity {
  readonly total: number
  readonly reserved: number
  readonly ratio: number
  readonly maxUnit: number
  used: number
}

/** What filters hand on to the compute's own check. */
export interface HostLimits {
  vcpu?: number
  memory_mb?: number
  disk_gb?: number
  numa_topology?: { readonly cpu_allocation_ratio: number; readonly ram_allocation_ratio: number }
}

/** JSON of `compute_nodes` that few requests look into: read at the first look. */
export interface StoredColumns {
  readonly metrics: string | null
  readonly pciStats: string | null
  readonly numaTopology: string | null
}

export interface HostStateValues {
  readonly uuid: string
  readonly host: string
  readonly nodename: string
  readonly cellUuid: string
  readonly service: HostService
  readonly aggregates: readonly HostAggregate[]
  /** What the provider of this node has; null: nothing was reported. */
  readonly capacities: ReadonlyMap<string, Capacity>
  readonly hostIp: string | null
  readonly hypervisorType: string
  readonly hypervisorVersion: number
  readonly cpuInfo: string
  readonly stored: StoredColumns
  readonly supportedInstances: readonly (readonly string[])[]
  readonly stats: Readonly<Record<string, string>>
  readonly freeRamMb: number
  readonly freeDiskMb: number
  readonly totalUsableRamMb: number
  readonly totalUsableDiskGb: number
  readonly vcpusTotal: number
  readonly vcpusUsed: number
  readonly cpuAllocationRatio: number
  readonly ramAllocationRatio: number
  readonly diskAllocationRatio: number
  readonly instances: ReadonlySet<string>
}

/**
 * One node as the scheduler sees it. What is chosen for it is deducted at once, before its compute
 * has said so; claims decide in the end.
 */
export class HostState {
  readonly uuid: string
  readonly host: string
  readonly nodename: string
  readonly cellUuid: string
  readonly hostIp: string | null
  readonly hypervisorType: string
  readonly hypervisorVersion: number
  readonly cpuInfo: string
  readonly supportedInstances: readonly (readonly string[])[]
  readonly stats: Readonly<Record<string, string>>
  readonly totalUsableRamMb: number
  readonly totalUsableDiskGb: number
  readonly vcpusTotal: number
  readonly cpuAllocationRatio: number
  readonly ramAllocationRatio: number
  readonly diskAllocationRatio: number
  capacities: ReadonlyMap<string, Capacity>
  service: HostService
  freeRamMb: number
  freeDiskMb: number
  vcpusUsed: number
  numInstances: number
  numIoOps: number
  failedBuilds: number
  readonly instances: Set<string>
  readonly limits: HostLimits = {}
  /** Of the servers there; read only for those who ask (`needs`). */
  flavorIds: ReadonlySet<number> = new Set()
  imageProperties: readonly Readonly<Record<string, string>>[] = []
  #aggregates: readonly HostAggregate[]
  readonly #values = new Map<string, ReadonlySet<string>>()
  readonly #stored: StoredColumns
  #metrics: ReadonlyMap<string, number> | undefined
  #pciPools: readonly PciPool[] | undefined
  #numaCells: readonly HostCell[] | null | undefined

  constructor(values: HostStateValues) {
    this.uuid = values.uuid
    this.host = values.host
    this.nodename = values.nodename
    this.cellUuid = values.cellUuid
    this.service = values.service
    this.#aggregates = values.aggregates
    this.#stored = values.stored
    this.hostIp = values.hostIp
    this.capacities = values.capacities
    this.hypervisorType = values.hypervisorType
    this.hypervisorVersion = values.hypervisorVersion
    this.cpuInfo = values.cpuInfo
    this.supportedInstances = values.supportedInstances
    this.stats = values.stats
    this.freeRamMb = values.freeRamMb
    this.freeDiskMb = values.freeDiskMb
    this.totalUsableRamMb = values.totalUsableRamMb
    this.totalUsableDiskGb = values.totalUsableDiskGb
    this.vcpusTotal = values.vcpusTotal
    this.vcpusUsed = values.vcpusUsed
    this.cpuAllocationRatio = values.cpuAllocationRatio
    this.ramAllocationRatio = values.ramAllocationRatio
    this.diskAllocationRatio = values.diskAllocationRatio
    this.instances = new Set(values.instances)
    this.numInstances = Number(values.stats.num_instances ?? 0)
    this.numIoOps = Number(values.stats.io_workload ?? 0)
    this.failedBuilds = Number(values.stats.failed_builds ?? 0)
    this.recount(values.capacities)
  }

  /**
   * Takes over what claims say of this host. It is ahead of the node's own row, which its compute
   * writes when it gets to it.
   */
  recount(capacities: ReadonlyMap<string, Capacity>): void {
    this.capacities = capacities
    const left = (name: string): number | undefined => {
      const capacity = capacities.get(name)
      return capacity && capacity.total - capacity.reserved - capacity.used
    }
    this.freeRamMb = left('MEMORY_MB') ?? this.freeRamMb
    const freeDiskGb = left('DISK_GB')
    if (freeDiskGb !== undefined) this.freeDiskMb = freeDiskGb * 1024
    this.vcpusUsed = capacities.get('VCPU')?.used ?? this.vcpusUsed
  }

  /** Whether the claim would fit, as far as is known here. */
  hasRoomFor(resources: Resources): boolean {
    for (const name in resources) {
      const capacity = this.capacities.get(name)
      const amount = resources[name] ?? 0
      if (!capacity || amount > capacity.maxUnit) return false
      if (capacity.used + amount > (capacity.total - capacity.reserved) * capacity.ratio) {
        return false
      }
    }
    return true
  }

  /** Why there is no room: half a sentence. */
  shortage(resources: Resources): string {
    const short: string[] = []
    for (const name in resources) {
      const amount = resources[name] ?? 0
      const capacity = this.capacities.get(name)
      if (!capacity) {
        short.push(`has no ${name}`)
        continue
      }
      const room = (capacity.total - capacity.reserved) * capacity.ratio
      if (amount > capacity.maxUnit) {
        short.push(`${name}: ${amount} asked for, one server may have ${capacity.maxUnit}`)
      } else if (capacity.used + amount > room) {
        short.push(
          `${name}: ${amount} asked for, ${Math.max(room - capacity.used, 0)} of ${room} free`,
        )
      }
    }
    return short.join(', ')
  }

  consume(resources: Resources): void {
    for (const name in resources) {
      const capacity = this.capacities.get(name)
      if (capacity) capacity.used += resources[name] ?? 0
    }
    this.freeRamMb -= resources.MEMORY_MB ?? 0
    this.freeDiskMb -= (resources.DISK_GB ?? 0) * 1024
    this.vcpusUsed += resources.VCPU ?? 0
    this.numInstances += 1
    this.numIoOps += 1
  }

  /** What was chosen for it was not claimed after all. */
  giveBack(resources: Resources): void {
    for (const name in resources) {
      const capacity = this.capacities.get(name)
      if (capacity) capacity.used -= resources[name] ?? 0
    }
    this.freeRamMb += resources.MEMORY_MB ?? 0
    this.freeDiskMb += (resources.DISK_GB ?? 0) * 1024
    this.vcpusUsed -= resources.VCPU ?? 0
    this.numInstances -= 1
    this.numIoOps -= 1
  }

  /** Values by name that the host's monitors report. */
  get metrics(): ReadonlyMap<string, number> {
    this.#metrics ??= readMetrics(this.#stored.metrics)
    return this.#metrics
  }

  /** Free PCI devices. */
  get pciPools(): readonly PciPool[] {
    this.#pciPools ??= readPciPools(this.#stored.pciStats)
    return this.#pciPools
  }

  /** null: the host tells none */
  get numaCells(): readonly HostCell[] | null {
    if (this.#numaCells === undefined) this.#numaCells = readNumaCells(this.#stored.numaTopology)
    return this.#numaCells
  }

  get aggregates(): readonly HostAggregate[] {
    return this.#aggregates
  }

  set aggregates(aggregates: readonly HostAggregate[]) {
    this.#aggregates = aggregates
    this.#values.clear()
  }

  /** Metadata keys of the host's aggregates. */
  aggregateKeys(): string[] {
    return [...new Set(this.#aggregates.flatMap(({ metadata }) => Object.keys(metadata)))]
  }

  /** Values of a metadata key over the host's aggregates, each split at commas. */
  aggregateValues(key: string): ReadonlySet<string> {
    if (this.#aggregates.length === 0) return nothing
    return this.#remembered(key, name => name === key)
  }

  /** The same, of all keys that begin so. */
  aggregateValuesBelow(prefix: string): ReadonlySet<string> {
    if (this.#aggregates.length === 0) return nothing
    return this.#remembered(`${prefix}*`, name => name.startsWith(prefix))
  }

  /** The least number that aggregates say under a key, or null. */
  aggregateMinimum(key: string): number | null {
    let least: number | null = null
    for (const value of this.aggregateValues(key)) {
      const number = value === '' ? Number.NaN : Number(value)
      if (Number.isFinite(number) && (least === null || number < least)) least = number
    }
    return least
  }

  /** Aggregates change rarely, and are asked by every filter of every decision. */
  #remembered(label: string, isMeant: (name: string) => boolean): ReadonlySet<string> {
    let values = this.#values.get(label)
    if (!values) {
      const found = new Set<string>()
      for (const { metadata } of this.#aggregates) {
        for (const name in metadata) {
          if (!isMeant(name)) continue
          for (const value of metadata[name]?.split(',') ?? []) found.add(value.trim())
        }
      }
      values = found
      // Keys may be a user's words (extra specs): so many and no more.
      if (this.#values.size < 100) this.#values.set(label, values)
    }
    return values
  }
}

const nothing: ReadonlySet<string> = new Set()
