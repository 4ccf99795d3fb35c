import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../context/index.js'
import { ComputeHostNotFound } from '../exception/index.js'
import {
  ComputeNode,
  type Flavor,
  HVSpec,
  type Instance,
  InstanceList,
  type Migration,
  MigrationContext,
  PciDevicePoolList,
} from '../objects/index.js'
import { KeyedLock } from '../util/keyed-lock.js'
import type { AvailableResource } from '../virt/driver.js'
import { testLimits, type Usage } from './claim.js'
import { removeDeletedAllocations } from './deleted-allocations.js'
import { flavorUsage, HostUsage, usageOf } from './host-usage.js'
import { movesUnderWay } from './moves-under-way.js'
import { nodeEditor } from './node-editor.js'
import type { SchedulerLimitsDict } from './rpcapi.js'
import type { ComputeServices } from './services.js'

/** Room held for an instance on this host; `abort` gives it back. */
export interface Claim {
  abort(context: RequestContext): Promise<void>
}

/**
 * What this host has and uses: its row in compute_nodes, its inventory, its claims.
 *
 * The claims that count are the scheduler's; what is tracked here tells weighers and operators. The
 * node's row is saved as the service, not as the user whose instance it is, as nova does.
 */
export class ResourceTracker {
  readonly #services: ComputeServices
  readonly #lock = new KeyedLock()
  readonly #usage = new HostUsage()
  #node: ComputeNode | undefined
  #failedBuilds = 0

  constructor(services: ComputeServices) {
    this.#services = services
  }

  /** The node of this host; undefined before the first update. */
  get nodename(): string | undefined {
    return this.#node?.hypervisorHostname ?? undefined
  }

  /** What claims on this host name; undefined before the first update. */
  get providerUuid(): string | undefined {
    return this.#node?.uuid
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
    const { host, providers } = this.#services
    const node = await this.#findOrCreate(context, nodename, resources)
    const instances = await InstanceList.getByHostAndNode(context, host, nodename, {
      expectedAttrs: ['flavor'],
    })
    this.#usage.clear()
    for (const instance of instances) this.#usage.track(instance)
    const moves = await movesUnderWay(context, host, nodename, uuid => this.#usage.has(uuid))
    for (const { uuid, flavor } of moves) this.#usage.hold(uuid, flavor)
    this.#fill(node, resources)
    await this.#saveUsage()
    const reported = { uuid: node.uuid, name: nodename }
    await removeDeletedAllocations(context, this.#services, reported, uuid => this.#usage.has(uuid))
    await providers.update(context, reported, nodeEditor(context, this.#services, nodename))
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
      this.#usage.track(instance)
      await this.#saveUsage()
    })
    return {
      abort: async () => {
        await this.#exclusively(async () => {
          this.#usage.drop(instance.uuid)
          await this.#saveUsage()
        })
      },
    }
  }

  /**
   * Holds room for an instance that is to come, and says so in its migration and its migration context;
   * its host stays what it is.
   *
   * @param flavor  what it will be
   * @throws ComputeResourcesUnavailable when it does not fit below the limits
   */
  async moveClaim(
    instance: Instance,
    nodename: string,
    flavor: Flavor,
    migration: Migration,
    limits: SchedulerLimitsDict,
  ): Promise<Claim> {
    const { host, driver } = this.#services
    const address = await driver.getHostIpAddr()
    await this.#exclusively(async () => {
      testLimits(this.#used(), flavorUsage(flavor), limits)
      migration.destCompute = host
      migration.destNode = nodename
      migration.destHost = address
      // Live ones have statuses of their own.
      if (migration.migrationType !== 'live-migration') migration.status = 'pre-migrating'
      await migration.save()
      instance.migrationContext = migrationContextOf(instance, migration)
      await instance.save()
      this.#usage.hold(instance.uuid, flavor)
      await this.#saveUsage()
    })
    return {
      abort: async () => {
        await this.release(instance.uuid)
        instance.oldFlavor = null
        instance.newFlavor = null
        await instance.save()
        await instance.dropMigrationContext()
      },
    }
  }

  /** Keeps room of this flavor beside what the instance uses here, if anything. */
  async hold(uuid: string, flavor: Flavor): Promise<void> {
    await this.#exclusively(async () => {
      this.#usage.hold(uuid, flavor)
      await this.#saveUsage()
    })
  }

  /** Gives up what was held for a move of the instance. */
  async release(uuid: string): Promise<void> {
    await this.#exclusively(async () => {
      this.#usage.release(uuid)
      await this.#saveUsage()
    })
  }

  /** Counts an instance as it is now; one that is elsewhere is dropped. */
  async updateUsage(instance: Instance): Promise<void> {
    await this.#exclusively(async () => {
      if (instance.host === this.#services.host) this.#usage.track(instance)
      else this.#usage.drop(instance.uuid)
      await this.#saveUsage()
    })
  }

  /** The instance is going from here, whatever its row says yet. */
  async forget(uuid: string): Promise<void> {
    await this.#exclusively(async () => {
      this.#usage.drop(uuid)
      this.#usage.release(uuid)
      await this.#saveUsage()
    })
  }

  buildSucceeded(): void {
    this.#failedBuilds = 0
  }

  buildFailed(): void {
    this.#failedBuilds += 1
  }

  #used(): Usage {
    const { options } = this.#services
    const { vcpus, memoryMb, diskGb } = this.#usage.total()
    return {
      vcpus: vcpus + options.reservedHostCpus,
      memoryMb: memoryMb + options.reservedHostMemoryMb,
      diskGb: diskGb + options.reservedHostDiskMb / 1024,
    }
  }

  #countUsage(node: ComputeNode): void {
    const used = this.#used()
    node.vcpusUsed = used.vcpus
    node.memoryMbUsed = used.memoryMb
    node.localGbUsed = used.diskGb
    node.freeRamMb = node.memoryMb - used.memoryMb
    node.freeDiskGb = node.localGb - Math.ceil(used.diskGb)
    node.runningVms = this.#usage.size
    node.currentWorkload = this.#usage.busy()
    node.stats = this.#stats()
  }

  #stats(): Record<string, string> {
    const counts = this.#usage.counts().set('failed_builds', this.#failedBuilds)
    const { supportsBfvRescue } = this.#services.driver.capabilities
    return {
      ...Object.fromEntries([...counts].map(([key, value]) => [key, String(value)])),
      // Where Placement has the trait COMPUTE_RESCUE_BFV.
      ...(supportsBfvRescue ? { supports_bfv_rescue: 'True' } : {}),
    }
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

/** What of an instance differs by host; none of it is pinned or passed through yet. */
const migrationContextOf = (instance: Instance, migration: Migration): MigrationContext =>
  new MigrationContext(null, {
    instanceUuid: instance.uuid,
    migrationId: migration.id,
    newNumaTopology: null,
    oldNumaTopology: instance.get('numaTopology') ?? null,
    newPciDevices: null,
    oldPciDevices: null,
    newPciRequests: null,
    oldPciRequests: null,
    newResources: null,
    oldResources: null,
  })
