import { randomUUID } from 'node:crypto'
import { ComputeApi } from '../../lib/compute/api.js'
import { lastAuditPeriod } from '../../lib/compute/audit-period.js'
import { Cells } from '../../lib/compute/cells.js'
import { ComputeManager } from '../../lib/compute/manager.js'
import { type ComputeOptions, defaultComputeOptions } from '../../lib/compute/options.js'
import { nothingMirrored, PlacementMirror } from '../../lib/compute/provider-mirror.js'
import { InventoryReport, PlacementReport } from '../../lib/compute/provider-report.js'
import { QuotaEngine } from '../../lib/compute/quota.js'
import { clientPerCell } from '../../lib/compute/rpc-clients.js'
import { ComputeRpcApi } from '../../lib/compute/rpcapi.js'
import { AllocationsManager } from '../../lib/conductor/allocations.js'
import { ComputeTaskManager } from '../../lib/conductor/compute-task.js'
import { ConductorManager } from '../../lib/conductor/manager.js'
import {
  AllocationsRpcApi,
  ComputeTaskRpcApi,
  ConductorRpcApi,
  leavingPrimitives,
  type ScheduleAndBuildInstancesArgs,
} from '../../lib/conductor/rpcapi.js'
import type { ConductorServices } from '../../lib/conductor/services.js'
import { type ConfOverrides, defaultConf, type NovaConf } from '../../lib/conf/index.js'
import { type DirectAccess, type IndirectionApi, RequestContext } from '../../lib/context/index.js'
import type { Database } from '../../lib/db/database.js'
import { apiHistory, cellHistory } from '../../lib/db/migrations/history.js'
import { migrate } from '../../lib/db/migrations/migrate.js'
import { openDatabase } from '../../lib/db/open.js'
import type { ApiSchema } from '../../lib/db/schema/api.js'
import type { CellSchema } from '../../lib/db/schema/cell.js'
import { NotImplementedError } from '../../lib/exception/index.js'
import { novaExceptions } from '../../lib/exception/registry.js'
import type { NetworkApi } from '../../lib/network/api.js'
import {
  type Notifications,
  type OpenNotifications,
  openNotifications,
} from '../../lib/notifications/index.js'
import {
  BlockDeviceMapping,
  BlockDeviceMappingList,
  BuildRequest,
  CellMapping,
  Flavor,
  HostMapping,
  Instance,
  InstanceAction,
  InstanceInfoCache,
  InstanceMapping,
  NetworkRequest,
  NetworkRequestList,
  RequestSpec,
  SecurityGroupList,
  Service,
  TagList,
} from '../../lib/objects/index.js'
import { NovaObjectSerializer } from '../../lib/objects/serializer.js'
import type { Claims } from '../../lib/placement/index.js'
import {
  createTransport,
  type Endpoint,
  FakeBroker,
  RpcClient,
  RpcServer,
  type Serializer,
  type Transport,
} from '../../lib/rpc/index.js'
import { DatabaseClaims } from '../../lib/scheduler/database-claims.js'
import { schedulerFromConf } from '../../lib/scheduler/from-conf.js'
import { SchedulerRpcApi } from '../../lib/scheduler/rpcapi.js'
import type { PlacementService } from '../../lib/service/compose/placement.js'
import { FakeImages } from '../../lib/testing/fake-images.js'
import { FakeShares } from '../../lib/testing/fake-shares.js'
import { FakeVolumes } from '../../lib/testing/fake-volumes.js'
import { FakeDriver, type FakeDriverOptions } from '../../lib/virt/fake/index.js'
import { FakeNetworks } from './fake-networks.js'
import { MemoryLog } from './log.js'

const CELL1 = '11111111-1111-4111-8111-111111111111'
const timeouts = { rpcResponseTimeout: 60, longRpcTimeout: 60 }
const errors = { 'nova.exception': novaExceptions, builtins: { NotImplementedError } }

export interface HostOptions extends FakeDriverOptions {
  readonly host: string
  readonly options?: Partial<ComputeOptions>
  /** What stands between this host and the rows; nothing when absent. */
  readonly between?: (conductor: IndirectionApi) => IndirectionApi
}

export interface WorkerCloudParts {
  /** In place of the ports in memory. */
  readonly network?: NetworkApi | undefined
  readonly placement?: PlacementService | null | undefined
}

export interface BootOptions {
  readonly vcpus?: number
  /** `none`: no port */
  readonly network?: string
  readonly name?: string
  /** Instead of one disk of the image. */
  readonly disks?: BlockDeviceMapping[]
  /** '': the root disk is a volume */
  readonly imageRef?: string
  /** Runs when the rows are there and the conductor knows nothing yet. */
  readonly beforeCast?: (requests: readonly BuildRequest[]) => Promise<void>
  /** In place of the cast to the conductor. */
  readonly send?: (context: RequestContext, args: ScheduleAndBuildInstancesArgs) => Promise<void>
}

interface RunningHost {
  readonly manager: ComputeManager
  readonly driver: FakeDriver
  readonly server: RpcServer<RequestContext>
}

/**
 * Conductor, scheduler and computes in this process, on one bus and three databases in memory; and
 * what the compute API does to have them work.
 */
export class WorkerCloud {
  readonly log = new MemoryLog()
  readonly networks = new FakeNetworks()
  readonly images = new FakeImages()
  readonly api: Database<ApiSchema> = openDatabase('sqlite://')
  readonly cell0: Database<CellSchema> = openDatabase('sqlite://')
  readonly cell1: Database<CellSchema> = openDatabase('sqlite://')
  readonly broker = new FakeBroker()
  readonly #transports: Transport[] = []
  readonly #servers: RpcServer<RequestContext>[] = []
  readonly #transport = this.#newTransport()
  readonly #direct: DirectAccess = {
    kind: 'direct',
    api: this.api,
    cell: this.cell1,
    transport: this.#transport,
    cellUuid: CELL1,
  }
  readonly context: RequestContext
  readonly #serializer: NovaObjectSerializer
  readonly #notifications: OpenNotifications[] = []
  readonly hosts = new Map<string, RunningHost>()
  /** Topic → what is offered there. */
  readonly served = new Map<string, readonly Endpoint<RequestContext>[]>()
  readonly cells = {
    target: async (context: RequestContext, mapping: CellMapping) =>
      context.withData(
        mapping.isCell0()
          ? { ...this.#direct, cell: this.cell0, transport: null, cellUuid: mapping.uuid }
          : this.#direct,
      ),
  }
  readonly compute: ComputeRpcApi
  readonly #conf: NovaConf
  /** What the compute API asks of servers: the way in for whatever a user can do. */
  readonly servers: ComputeApi

  readonly volumes = new FakeVolumes()
  readonly shares = new FakeShares()
  readonly #network: NetworkApi

  /** Where claims are made: the API database's tables, unless a test has a Placement service. */
  readonly claims: Claims
  readonly #placement: PlacementService | null

  private constructor(conf: NovaConf, { network, placement = null }: WorkerCloudParts) {
    this.#conf = conf
    const services = { data: this.#direct, notifications: this.#notificationsOf('control') }
    this.context = new RequestContext(
      { userId: 'user', projectId: 'project', isAdmin: true, roles: ['admin'] },
      services,
    )
    this.#serializer = new NovaObjectSerializer(services)
    this.compute = this.#computeRpc()
    this.#network = network ?? complete(this.networks.api)
    this.#placement = placement
    this.claims = placement?.claims ?? new DatabaseClaims(this.api)
    this.images.add({ id: 'image', name: 'cirros', disk_format: 'qcow2', container_format: 'bare' })
    this.servers = new ComputeApi({
      conf,
      images: this.images,
      network: this.#network,
      volumes: this.volumes,
      shares: this.shares,
      log: this.log,
      conductor: new ComputeTaskRpcApi(this.#client('conductor', this.#serializer, 'compute_task')),
      compute: this.compute,
      scheduler: this.#schedulerRpc(this.#serializer),
      cells: new Cells(this.cells),
      claims: this.claims,
      providers: placement
        ? new PlacementMirror({
            ...placement,
            compute: this.compute,
            log: this.log,
            serviceDownTime: 60,
          })
        : nothingMirrored,
    })
  }

  /**
   * @param conf  what `[quota]` says; without limits when absent
   */
  static async start(
    hosts: readonly HostOptions[],
    conf: ConfOverrides = { quota: { instances: -1, cores: -1, ram: -1 } },
    parts: WorkerCloudParts = {},
  ): Promise<WorkerCloud> {
    const cloud = new WorkerCloud(defaultConf(conf), parts)
    await cloud.#start(cloud.#conf)
    for (const host of hosts) await cloud.addHost(host)
    return cloud
  }

  async #start(conf: NovaConf): Promise<void> {
    await migrate(this.api, apiHistory)
    await migrate(this.cell0, cellHistory)
    await migrate(this.cell1, cellHistory)
    for (const [uuid, name, transportUrl] of [
      [CellMapping.cell0Uuid, 'cell0', 'none:///'],
      [CELL1, 'cell1', 'fake://'],
    ] as const) {
      const values = { uuid, name, transportUrl, databaseConnection: 'sqlite://', disabled: false }
      await new CellMapping(this.context, values).create()
    }
    const scheduler = await schedulerFromConf({
      conf,
      api: this.api,
      cells: async () => [{ uuid: CELL1, db: this.cell1 }],
      placement: this.#placement,
      log: this.log,
    })
    await this.#serve('scheduler', 'control', this.#serializer, [scheduler.endpoint()])
    const task = new ComputeTaskManager(this.conductorServices)
    await this.#serve('conductor', 'control', this.#serializer, [
      new ConductorManager().endpoint(),
      task.endpoint(),
      ...(this.#placement ? [] : [new AllocationsManager(this.api).endpoint()]),
    ])
  }

  /** What the conductor's tasks work with, to run them by hand. */
  get conductorServices(): ConductorServices {
    return {
      host: 'control',
      claims: this.claims,
      cells: this.cells,
      scheduler: this.#schedulerRpc(this.#serializer),
      compute: this.compute,
      network: this.#network,
      images: this.images,
      volumes: this.volumes,
      quota: new QuotaEngine(this.#conf, new Cells(this.cells)),
      log: this.log,
      maxAttempts: 3,
      migrateMaxRetries: -1,
      defaultZone: 'nova',
      serviceDownTime: 60,
      precacheConcurrency: 1,
    }
  }

  async addHost({ host, options, between, ...driverOptions }: HostOptions): Promise<RunningHost> {
    const plain = new NovaObjectSerializer()
    const conductor = new ConductorRpcApi(
      this.#client('conductor', leavingPrimitives<RequestContext>(plain)),
    )
    const indirection = between?.(conductor) ?? conductor
    const services = {
      data: { kind: 'indirect', indirection } as const,
      notifications: this.#notificationsOf(host),
    }
    const serializer = new NovaObjectSerializer(services)
    const driver = new FakeDriver(driverOptions)
    const allocations = new AllocationsRpcApi(this.#client('conductor', serializer, 'allocations'))
    const manager = new ComputeManager({
      host,
      driver,
      network: this.#network,
      image: this.images,
      volumes: this.volumes,
      shares: this.shares,
      computeTask: new ComputeTaskRpcApi(this.#client('conductor', serializer, 'compute_task')),
      compute: this.#computeRpc(serializer),
      allocations: this.#placement?.claims ?? allocations,
      providers: this.#placement
        ? new PlacementReport(this.#placement.reports, this.log)
        : new InventoryReport(allocations),
      scheduler: this.#schedulerRpc(serializer),
      options: {
        ...defaultComputeOptions,
        reservedHostMemoryMb: 0,
        cpuAllocationRatio: 1,
        ...options,
      },
      log: this.log,
      adminContext: new RequestContext({ isAdmin: true }, services),
    })
    await manager.initHost()
    await this.#ensureService(host)
    await manager.preStartHook()
    const server = await this.#serve('compute', host, serializer, manager.endpoints())
    const running = { manager, driver, server }
    this.hosts.set(host, running)
    return running
  }

  async #ensureService(host: string): Promise<void> {
    if (await Service.getByHostAndBinary(this.context, host, 'nova-compute')) return
    const service = new Service(this.context, {
      host,
      binary: 'nova-compute',
      topic: 'compute',
      reportCount: 1,
      version: 64,
    })
    await service.create()
    const cellMapping = await CellMapping.getByUuid(this.context, CELL1)
    await new HostMapping(this.context, { host, cellMapping }).create()
  }

  /** Ends a compute as a crash would: without a word. */
  async stopHost(host: string): Promise<void> {
    const running = this.hosts.get(host)
    this.hosts.delete(host)
    await running?.server.stop()
    await running?.server.wait(10)
    await running?.manager.cleanupHost()
  }

  /** As `[oslo_messaging_notifications]` has them sent; by `fake://`, to {@link broker}. */
  #notificationsOf(host: string): Notifications | undefined {
    const conf = {
      ...this.#conf,
      DEFAULT: { ...this.#conf.DEFAULT, host, transport_url: 'fake://' },
    }
    const parts = { log: this.log, broker: this.broker, auditPeriod: lastAuditPeriod }
    const opened = openNotifications(conf, parts)
    this.#notifications.push(opened)
    return opened.sink
  }

  #newTransport(): Transport {
    const transport = createTransport('fake://', { broker: this.broker })
    this.#transports.push(transport)
    return transport
  }

  #client(
    topic: string,
    serializer: Serializer<RequestContext>,
    namespace?: string,
  ): RpcClient<RequestContext> {
    const target = { topic, ...(namespace ? { namespace } : {}) }
    return new RpcClient(this.#transport, target, { serializer, errors })
  }

  #schedulerRpc(serializer: Serializer<RequestContext>): SchedulerRpcApi {
    return new SchedulerRpcApi(this.#client('scheduler', serializer), timeouts)
  }

  #computeRpc(serializer: Serializer<RequestContext> = this.#serializer): ComputeRpcApi {
    return new ComputeRpcApi(
      clientPerCell(
        this.#transport,
        transport =>
          new RpcClient<RequestContext>(transport, { topic: 'compute' }, { serializer, errors }),
      ),
    )
  }

  async #serve(
    topic: string,
    host: string,
    serializer: Serializer<RequestContext>,
    endpoints: readonly Endpoint<RequestContext>[],
  ): Promise<RpcServer<RequestContext>> {
    const transport = this.#newTransport()
    this.served.set(topic, endpoints)
    const server = new RpcServer(transport, { topic, server: host }, endpoints, {
      serializer,
      log: this.log,
    })
    await server.start()
    this.#servers.push(server)
    return server
  }

  /** What POST /servers leaves to the conductor: rows in the API database, and the cast. */
  async boot(count = 1, options: BootOptions = {}): Promise<string[]> {
    const { vcpus = 1, network = 'net', name = 'server', imageRef = 'image' } = options
    const context = this.context.with({ requestId: `req-${randomUUID()}` })
    const flavor = new Flavor(context, {
      id: 1,
      name: 'm1.tiny',
      flavorid: '1',
      memoryMb: 512,
      vcpus,
      rootGb: 1,
      ephemeralGb: 0,
      swap: 0,
      rxtxFactor: 1,
      vcpuWeight: 0,
      disabled: false,
      isPublic: true,
      extraSpecs: {},
    }).resetChanges()
    const requestedNetworks = new NetworkRequestList(context, {
      objects: [
        new NetworkRequest(context, {
          networkId: network,
          address: null,
          portId: null,
          tag: null,
        }),
      ],
    })
    const blockDevices = new BlockDeviceMappingList(context, {
      objects: options.disks ?? [
        new BlockDeviceMapping(context, {
          sourceType: 'image',
          destinationType: 'local',
          deviceType: 'disk',
          bootIndex: 0,
          deleteOnTermination: true,
          imageId: 'image',
          noDevice: false,
          volumeSize: null,
        }),
      ],
    })
    const tags = new TagList(context, { objects: [] })
    const buildRequests: BuildRequest[] = []
    const requestSpecs: RequestSpec[] = []
    for (let index = 0; index < count; index++) {
      const uuid = randomUUID()
      const instance = new Instance(context, {
        uuid,
        userId: 'user',
        projectId: 'project',
        displayName: `${name}-${index + 1}`,
        hostname: `${name}-${index + 1}`,
        imageRef,
        vmState: 'building',
        taskState: 'scheduling',
        powerState: 0,
        memoryMb: 512,
        vcpus,
        rootGb: 1,
        ephemeralGb: 0,
        instanceTypeId: 1,
        flavor,
        metadata: {},
        systemMetadata: {},
        infoCache: new InstanceInfoCache(context, { instanceUuid: uuid, networkInfo: '[]' }),
        securityGroups: new SecurityGroupList(context, { objects: [] }),
        tags,
      })
      const spec = new RequestSpec(context, {
        instanceUuid: uuid,
        projectId: 'project',
        userId: 'user',
        numInstances: count,
        flavor,
        isBfv: false,
        securityGroups: new SecurityGroupList(context, { objects: [] }),
        requestedNetworks,
      })
      await spec.create()
      const request = new BuildRequest(context, {
        instanceUuid: uuid,
        projectId: 'project',
        instance,
        blockDeviceMappings: blockDevices,
        tags,
      })
      await request.create()
      await new InstanceMapping(context, {
        instanceUuid: uuid,
        projectId: 'project',
        userId: 'user',
        queuedForDelete: false,
        cellMapping: null,
      }).create()
      buildRequests.push(request)
      requestSpecs.push(spec)
    }
    const task = new ComputeTaskRpcApi(this.#client('conductor', this.#serializer, 'compute_task'))
    await options.beforeCast?.(buildRequests)
    const send = options.send ?? ((context, args) => task.scheduleAndBuildInstances(context, args))
    await send(context, {
      build_requests: buildRequests,
      request_specs: requestSpecs,
      image: { id: 'image', name: 'cirros', properties: {} },
      admin_password: 'secret',
      injected_files: [],
      requested_networks: requestedNetworks,
      block_device_mapping: blockDevices,
      tags,
    })
    return buildRequests.map(({ instanceUuid }) => instanceUuid)
  }

  /** The instance from its cell; undefined while it has none, or when it is deleted. */
  async find(uuid: string): Promise<Instance | undefined> {
    const mapping = await InstanceMapping.getByInstanceUuid(this.context, uuid).catch(() => null)
    if (!mapping?.cellMapping) return undefined
    const inCell = await this.cells.target(this.context, mapping.cellMapping)
    return Instance.getByUuid(inCell, uuid).catch(() => undefined)
  }

  /** The instance as a request for an action finds it, with a request id of its own. */
  async asked(uuid: string): Promise<Instance> {
    const context = this.context.with({ requestId: `req-${randomUUID()}` })
    return this.servers.get(context, uuid)
  }

  /** Resolves with the instance when it is in this state, with no task under way. */
  async settled(uuid: string, vmState: string): Promise<Instance> {
    return eventually(`${uuid} ${vmState}`, async () => {
      const instance = await this.find(uuid)
      return instance?.vmState === vmState && instance.taskState === null ? instance : undefined
    })
  }

  /** DELETE /servers/{id} of an instance that has a host: the API's save and cast. */
  async delete(uuid: string): Promise<void> {
    const instance = await this.find(uuid)
    if (!instance) throw new Error(`no instance ${uuid} to delete`)
    instance.taskState = 'deleting'
    instance.progress = 0
    await instance.save()
    await this.act(instance, 'delete', context =>
      this.compute.terminateInstance(
        context,
        instance,
        new BlockDeviceMappingList(context, { objects: [] }),
      ),
    )
  }

  /** An action row and a message, as the API writes them. */
  async act(
    instance: Instance,
    action: string,
    send: (context: RequestContext) => Promise<void>,
  ): Promise<void> {
    const context = this.context.with({ requestId: `req-${randomUUID()}` })
    await InstanceAction.actionStart(context, instance.uuid, action, { wantResult: false })
    await send(context)
  }

  /** Everything that could be left of an instance. */
  async leftovers(uuid: string): Promise<string[]> {
    const found: string[] = []
    const allocations = await this.api.kysely
      .selectFrom('allocations')
      .select('id')
      .where('consumer_id', '=', uuid)
      .execute()
    if (allocations.length > 0) found.push('allocation')
    if ([...this.networks.ports.values()].includes(uuid)) found.push('port')
    for (const [host, { driver }] of this.hosts) {
      if ((await driver.listInstanceUuids()).includes(uuid)) found.push(`guest on ${host}`)
    }
    for (const [name, cell] of [
      ['cell0', this.cell0],
      ['cell1', this.cell1],
    ] as const) {
      const rows = await cell.kysely
        .selectFrom('instances')
        .select('id')
        .where('uuid', '=', uuid)
        .where('deleted', '=', 0)
        .execute()
      if (rows.length > 0) found.push(`row in ${name}`)
    }
    return found
  }

  /** Waits for what runs anywhere, then ends all. */
  async stop(): Promise<void> {
    // Computes first: what they have under way needs the conductor.
    for (const { server, manager } of this.hosts.values()) {
      await server.stop()
      await server.wait(10)
      await manager.cleanupHost()
    }
    for (const server of this.#servers) await server.stop()
    for (const server of this.#servers) await server.wait(10)
    for (const notifications of this.#notifications) await notifications.close()
    for (const transport of this.#transports) await transport.close()
    for (const db of [this.api, this.cell0, this.cell1]) await db.close()
  }
}

/** Only what the test gave may be asked for. */
const complete = <T extends object>(part: Partial<T>): T =>
  new Proxy(part, {
    get(target, name) {
      if (name in target) return Reflect.get(target, name)
      throw new Error(`the test gave no ${String(name)}`)
    },
  }) as T

/** Looks again at every turn of the loop, for at most ten seconds. */
export const eventually = async <T>(
  what: string,
  look: () => Promise<T | undefined>,
): Promise<T> => {
  const limit = Date.now() + 10_000
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > limit) throw new Error(`never came: ${what}`)
    await new Promise(resolve => setImmediate(resolve))
  }
}
