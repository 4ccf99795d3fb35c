import type { AggregateSet, HostAggregate } from './aggregate-set.js'
import type { HostCell } from './numa-fit.js'
import type { PciPool } from './pci-fit.js'
import type { Resources } from './resources.js'
import { readMetrics, readNumaCells, readPciPools } from './stored-columns.js'

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
  readonly aggregates: AggregateSet
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
  aggregateSet: AggregateSet
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
  #vcpuRoom = -1
  #memoryRoom = -1
  #diskRoom = -1
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
    this.aggregateSet = values.aggregates
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
    this.#countRoom()
  }

  /** Whether the claim would fit, as far as is known here. */
  hasRoomFor(resources: Resources): boolean {
    return this.has(needOf(resources))
  }

  /** The same, where many hosts are asked. */
  has({ vcpu, memoryMb, diskGb, others }: Need): boolean {
    if (vcpu > this.#vcpuRoom || memoryMb > this.#memoryRoom || diskGb > this.#diskRoom)
      return false
    for (const [name, amount] of others) if (amount > this.#roomOf(name)) return false
    return true
  }

  /** The most that one server can still have; less than 0: nothing, and be it nothing. */
  #roomOf(name: string): number {
    const capacity = this.capacities.get(name)
    if (!capacity) return -1
    const room = (capacity.total - capacity.reserved) * capacity.ratio - capacity.used
    return Math.min(capacity.maxUnit, room)
  }

  /** Kept, for every decision asks every host. */
  #countRoom(): void {
    this.#vcpuRoom = this.#roomOf('VCPU')
    this.#memoryRoom = this.#roomOf('MEMORY_MB')
    this.#diskRoom = this.#roomOf('DISK_GB')
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
    this.#countRoom()
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
    this.#countRoom()
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
    return this.aggregateSet.list
  }

  /** Values of a metadata key over the host's aggregates, each split at commas. */
  aggregateValues(key: string): ReadonlySet<string> {
    return this.aggregateSet.values(key)
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
}

/** Resources laid out for asking many hosts. */
export interface Need {
  readonly vcpu: number
  readonly memoryMb: number
  readonly diskGb: number
  readonly others: readonly (readonly [string, number])[]
}

/** What is not asked for is found everywhere, be it that a host has none. */
const NOTHING = Number.NEGATIVE_INFINITY

export const needOf = (resources: Resources): Need => {
  const { VCPU = NOTHING, MEMORY_MB = NOTHING, DISK_GB = NOTHING, ...others } = resources
  const rest = Object.entries(others).map(([name, amount]) => [name, amount ?? 0] as const)
  return { vcpu: VCPU, memoryMb: MEMORY_MB, diskGb: DISK_GB, others: rest }
}
