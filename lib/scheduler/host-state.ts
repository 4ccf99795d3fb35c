import type { Resources } from './resources.js'

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

export interface HostStateValues {
  readonly uuid: string
  readonly host: string
  readonly nodename: string
  readonly cellUuid: string
  readonly service: HostService
  readonly aggregates: readonly HostAggregate[]
  /** What the provider of this node has; null: nothing was reported. */
  readonly capacities: ReadonlyMap<string, Capacity>
  readonly hypervisorType: string
  readonly hypervisorVersion: number
  readonly cpuInfo: string
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
  aggregates: readonly HostAggregate[]
  freeRamMb: number
  freeDiskMb: number
  vcpusUsed: number
  numInstances: number
  numIoOps: number
  failedBuilds: number
  readonly instances: Set<string>

  constructor(values: HostStateValues) {
    this.uuid = values.uuid
    this.host = values.host
    this.nodename = values.nodename
    this.cellUuid = values.cellUuid
    this.service = values.service
    this.aggregates = values.aggregates
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

  consume(instanceUuid: string | null, resources: Resources): void {
    for (const name in resources) {
      const capacity = this.capacities.get(name)
      if (capacity) capacity.used += resources[name] ?? 0
    }
    this.freeRamMb -= resources.MEMORY_MB ?? 0
    this.freeDiskMb -= (resources.DISK_GB ?? 0) * 1024
    this.vcpusUsed += resources.VCPU ?? 0
    this.numInstances += 1
    this.numIoOps += 1
    if (instanceUuid) this.instances.add(instanceUuid)
  }

  /** Values of a metadata key over the host's aggregates, each split at commas. */
  aggregateValues(key: string): Set<string> {
    const values = new Set<string>()
    for (const { metadata } of this.aggregates) {
      for (const value of metadata[key]?.split(',') ?? []) values.add(value.trim())
    }
    return values
  }
}
