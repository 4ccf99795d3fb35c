import { randomUUID } from 'node:crypto'
import type { InventoryByClass } from '../conductor/rpcapi.js'
import type { RequestContext } from '../context/index.js'
import { ComputeHostNotFound } from '../exception/index.js'
import {
  ComputeNode,
  HVSpec,
  type Instance,
  InstanceList,
  PciDevicePoolList,
} from '../objects/index.js'
import { KeyedLock } from '../util/keyed-lock.js'
import type { AvailableResource } from '../virt/driver.js'
import { testLimits, type Usage } from './claim.js'
import type { SchedulerLimitsDict } from './rpcapi.js'
import type { ComputeServices } from './services.js'
import { TaskState, VmState } from './states.js'

/** Room held for an instance on this host; `abort` gives it back. */
export interface Claim {
  abort(context: RequestContext): Promise<void>
}

interface Tracked extends Usage {
  readonly vmState: string | null
  readonly taskState: string | null
  readonly projectId: string | null
  readonly osType: string | null
}

/** Tasks that keep a host's disks busy: counted in `stats.io_workload`. */
const busyTasks: ReadonlySet<string | null> = new Set([
  TaskState.resizeMigrating,
  TaskState.rebuilding,
  TaskState.resizePrep,
  TaskState.imageSnapshot,
  TaskState.imageBackup,
  TaskState.rescuing,
  TaskState.unshelving,
])

/**
 * What this host has and uses: its row in compute_nodes, its inventory, its claims.
 *
 * The claims that count are the scheduler's; what is tracked here tells weighers and operators. The
 * node's row is saved as the service, not as the user whose instance it is, as nova does.
 */
export class ResourceTracker {
  readonly #services: ComputeServices
  readonly #lock = new KeyedLock()
  readonly #tracked = new Map<string, Tracked>()
  #node: ComputeNode | undefined
  #failedBuilds = 0

  constructor(services: ComputeServices) {
    this.#services = services
  }

  /** The node of this host; undefined before the first update. */
  get nodename(): string | undefined {
    return this.#node?.hypervisorHostname ?? undefined
  }

  /** Brings the row, the inventory and the usage up to date with driver and instances. */
  async updateAvailableResource(context: RequestContext): Promise<void> {
    const { driver } = this.#services
    for (const nodename of await driver.getAvailableNodes()) {
      const resources = await driver.getAvailableResource(nodename)
      await this.#exclusively(() => this.#update(context, nodename, resources))
    }
  }

  async #update(
    context: RequestContext,
    nodename: string,
    resources: AvailableResource,
  ): Promise<void> {
    const { host, allocations } = this.#services
    const node = await this.#findOrCreate(context, nodename, resources)
    const instances = await InstanceList.getByHostAndNode(context, host, nodename, {
      expectedAttrs: ['flavor'],
    })
    this.#tracked.clear()
    for (const instance of instances) this.#track(instance)
    this.#fill(node, resources)
    await this.#saveUsage()
    await allocations.setInventory(
      context,
      { uuid: node.uuid, name: nodename },
      this.#inventory(resources),
    )
  }

  async #findOrCreate(
    context: RequestContext,
    nodename: string,
    resources: AvailableResource,
  ): Promise<ComputeNode> {
    if (this.#node) return this.#node
    const { host } = this.#services
    try {
      this.#node = await ComputeNode.getByHostAndNodename(context, host, nodename)
      return this.#node
    } catch (error) {
      if (!(error instanceof ComputeHostNotFound)) throw error
    }
    const node = new ComputeNode(context, {
      uuid: randomUUID(),
      host,
      stats: {},
      vcpusUsed: 0,
      memoryMbUsed: 0,
      localGbUsed: 0,
      mapped: 0,
    })
    this.#fill(node, resources)
    this.#countUsage(node)
    await node.create()
    this.#node = node
    return node
  }

  /** Takes over what the driver says; unchanged values are no change. */
  #fill(node: ComputeNode, resources: AvailableResource): void {
    const { options } = this.#services
    node.vcpus = resources.vcpus
    node.memoryMb = resources.memoryMb
    node.localGb = resources.localGb
    node.hypervisorType = resources.hypervisorType
    node.hypervisorVersion = resources.hypervisorVersion
    node.hypervisorHostname = resources.hypervisorHostname
    node.cpuInfo = resources.cpuInfo
    node.diskAvailableLeast = resources.diskAvailableLeast
    node.numaTopology = resources.numaTopology
    node.hostIp = options.myIp
    node.metrics = '[]'
    node.cpuAllocationRatio = options.cpuAllocationRatio
    node.ramAllocationRatio = options.ramAllocationRatio
    node.diskAllocationRatio = options.diskAllocationRatio
    if (!node.isSet('supportedHvSpecs')) {
      node.supportedHvSpecs = resources.supportedInstances.map(([arch, hvType, vmMode]) =>
        HVSpec.fromPrimitive(
          {
            'nova_object.name': 'HVSpec',
            'nova_object.namespace': 'nova',
            'nova_object.version': '1.2',
            'nova_object.data': { arch, hv_type: hvType, vm_mode: vmMode },
          },
          null,
        ),
      )
    }
    if (!node.isSet('pciDevicePools'))
      node.pciDevicePools = new PciDevicePoolList(null, { objects: [] })
  }

  #inventory(resources: AvailableResource): InventoryByClass {
    const { options } = this.#services
    const of = (total: number, reserved: number, ratio: number) => ({
      total,
      reserved,
      min_unit: 1,
      max_unit: total,
      step_size: 1,
      allocation_ratio: ratio,
    })
    return {
      VCPU: of(resources.vcpus, options.reservedHostCpus, options.cpuAllocationRatio),
      MEMORY_MB: of(resources.memoryMb, options.reservedHostMemoryMb, options.ramAllocationRatio),
      DISK_GB: of(
        resources.localGb,
        Math.ceil(options.reservedHostDiskMb / 1024),
        options.diskAllocationRatio,
      ),
    }
  }

  /**
   * Holds room for an instance, and makes it this host's: host, node and launched_on are saved.
   *
   * @throws ComputeResourcesUnavailable when it does not fit below the limits
   */
  async instanceClaim(
    instance: Instance,
    nodename: string,
    limits: SchedulerLimitsDict,
  ): Promise<Claim> {
    const { host } = this.#services
    await this.#exclusively(async () => {
      testLimits(this.#used(), usageOf(instance), limits)
      instance.host = host
      instance.launchedOn = host
      instance.node = nodename
      await instance.save()
      this.#track(instance)
      await this.#saveUsage()
    })
    return {
      abort: async () => {
        await this.#exclusively(async () => {
          this.#tracked.delete(instance.uuid)
          await this.#saveUsage()
        })
      },
    }
  }

  /** Counts an instance as it is now; one that is deleted or elsewhere is dropped. */
  async updateUsage(instance: Instance): Promise<void> {
    await this.#exclusively(async () => {
      if (usesNothing(instance) || instance.host !== this.#services.host) {
        this.#tracked.delete(instance.uuid)
      } else {
        this.#track(instance)
      }
      await this.#saveUsage()
    })
  }

  buildSucceeded(): void {
    this.#failedBuilds = 0
  }

  buildFailed(): void {
    this.#failedBuilds += 1
  }

  #track(instance: Instance): void {
    if (usesNothing(instance)) return
    this.#tracked.set(instance.uuid, {
      ...usageOf(instance),
      vmState: instance.vmState,
      taskState: instance.taskState,
      projectId: instance.projectId,
      osType: instance.get('osType') ?? null,
    })
  }

  #used(): Usage {
    const { options } = this.#services
    const used = {
      vcpus: options.reservedHostCpus,
      memoryMb: options.reservedHostMemoryMb,
      diskGb: options.reservedHostDiskMb / 1024,
    }
    for (const { vcpus, memoryMb, diskGb } of this.#tracked.values()) {
      used.vcpus += vcpus
      used.memoryMb += memoryMb
      used.diskGb += diskGb
    }
    return used
  }

  #countUsage(node: ComputeNode): void {
    const used = this.#used()
    const stats = this.#stats()
    node.vcpusUsed = used.vcpus
    node.memoryMbUsed = used.memoryMb
    node.localGbUsed = used.diskGb
    node.freeRamMb = node.memoryMb - used.memoryMb
    node.freeDiskGb = node.localGb - Math.ceil(used.diskGb)
    node.runningVms = this.#tracked.size
    node.currentWorkload = [...this.#tracked.values()].filter(({ taskState }) => taskState).length
    node.stats = stats
  }

  #stats(): Record<string, string> {
    const counts = new Map<string, number>([['num_instances', this.#tracked.size]])
    const count = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)
    let io = 0
    for (const { vmState, taskState, projectId, osType } of this.#tracked.values()) {
      count(`num_vm_${vmState}`)
      count(`num_task_${taskState ?? 'None'}`)
      count(`num_os_type_${osType ?? 'None'}`)
      count(`num_proj_${projectId}`)
      if (vmState === VmState.building || busyTasks.has(taskState)) io += 1
    }
    counts.set('io_workload', io)
    counts.set('failed_builds', this.#failedBuilds)
    return Object.fromEntries([...counts].map(([key, value]) => [key, String(value)]))
  }

  async #saveUsage(): Promise<void> {
    if (!this.#node) return
    this.#countUsage(this.#node)
    if (this.#node.hasChanges()) await this.#node.save()
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#lock.run('compute_resources', work)
  }
}

/** Of an instance that is nowhere. */
const usesNothing = ({ vmState, taskState }: Instance): boolean =>
  vmState === VmState.deleted ||
  // On its way back it is claimed before its state says so.
  (vmState === VmState.shelvedOffloaded && taskState !== TaskState.spawning)

const usageOf = (instance: Instance): Usage => {
  const flavor = instance.get('flavor')
  return {
    vcpus: flavor?.vcpus ?? instance.vcpus ?? 0,
    memoryMb: flavor?.memoryMb ?? instance.memoryMb ?? 0,
    diskGb:
      (flavor?.rootGb ?? instance.rootGb ?? 0) + (flavor?.ephemeralGb ?? instance.ephemeralGb ?? 0),
  }
}
