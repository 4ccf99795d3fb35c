import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { ComputeManager } from '../../lib/compute/manager.js'
import { computeOptionsOf } from '../../lib/compute/options.js'
import { InventoryReport } from '../../lib/compute/provider-report.js'
import type { RequestContext } from '../../lib/context/index.js'
import { discoverHosts } from '../../lib/objects/index.js'
import {
  createTransport,
  type Endpoint,
  MessagingTimeout,
  RemoteError,
  RpcServer,
  type Transport,
} from '../../lib/rpc/index.js'
import {
  conductorService,
  openIndirectProcess,
  schedulerService,
} from '../../lib/service/compose/index.js'
import { ObjectServiceRecord } from '../../lib/service/compose/service-record.js'
import type { Service } from '../../lib/service/index.js'
import {
  addServer,
  createTestApi,
  IMAGE_ID,
  type TestApi,
  type TestUser,
} from '../../lib/testing/index.js'
import { FakeDriver } from '../../lib/virt/fake/index.js'
import { MemoryLog } from '../support/log.js'
import { addFlavor } from '../support/servers.js'
import { Life, stillness, within } from './life.js'
import { FakePorts } from './ports.js'

export interface Flavor {
  readonly id: string
  readonly vcpus: number
  /** MiB */
  readonly ram: number
}

/** Of each size one; all of a disk of 1 GiB. */
export const flavors = [
  { id: '1', vcpus: 1, ram: 512 },
  { id: '2', vcpus: 2, ram: 1024 },
  { id: '3', vcpus: 4, ram: 2048 },
] as const satisfies readonly Flavor[]

export const hostNames = ['compute-1', 'compute-2', 'compute-3'] as const

/** What a project may have: so little that moves between flavors meet it now and then. */
export const limits = { instances: 4, cores: 9, ram: 6144 }

/** The hosts have room for all that the quota allows, each of them. */
const capacity = { vcpus: 16, memoryMb: 16_384, localGb: 200 }

export interface Answer {
  readonly status: number
  readonly body: unknown
}

interface Host {
  readonly name: string
  life: Life
  driver: FakeDriver
  manager: ComputeManager
  server: RpcServer<RequestContext>
}

export interface ModelCloudOptions {
  /** `[DEFAULT] reclaim_instance_interval`, seconds */
  readonly reclaim: number
  /** `[DEFAULT] shelved_offload_time`, seconds */
  readonly offload: number
}

/**
 * A cloud in this process that is asked by HTTP: nova-api, a conductor, a scheduler, three computes on
 * messages in process and SQLite; images, ports and volumes in memory. Computes can be killed at any
 * point of what they do, and hypervisors keep their guests then.
 */
export class ModelCloud {
  readonly api: TestApi
  readonly ports: FakePorts
  readonly log: MemoryLog
  readonly hosts = new Map<string, Host>()
  readonly #folder = mkdtempSync(join(tmpdir(), 'kilonova-model-'))
  readonly #http: ReturnType<typeof createServer>
  readonly #agent = new Agent()
  readonly #services: Service<unknown>[] = []
  #asked = 0

  private constructor(api: TestApi, ports: FakePorts, log: MemoryLog) {
    this.api = api
    this.ports = ports
    this.log = log
    this.#http = createServer(api.app)
  }

  static async start({ reclaim, offload }: ModelCloudOptions): Promise<ModelCloud> {
    const ports = new FakePorts()
    const log = new MemoryLog()
    const api = await createTestApi({
      network: ports,
      log,
      conf: {
        DEFAULT: {
          host: 'control',
          reclaim_instance_interval: reclaim,
          shelved_offload_time: offload,
          service_down_time: 100_000,
          periodic_enable: false,
          graceful_shutdown_timeout: 1,
          reserved_host_memory_mb: 0,
          cpu_allocation_ratio: 1,
          ram_allocation_ratio: 1,
          running_deleted_instance_timeout: -1,
          resize_confirm_window: 0,
          sync_power_state_interval: 600,
        },
        quota: limits,
      },
    })
    const cloud = new ModelCloud(api, ports, log)
    await cloud.#start()
    return cloud
  }

  async #start(): Promise<void> {
    const { process, images, volumes } = this.api
    timingOut(process.transport)
    for (const service of [
      conductorService(process, { network: this.ports, images, volumes }),
      await schedulerService(process),
    ]) {
      this.#services.push(service)
      await service.start()
    }
    for (const name of hostNames) await this.startHost(name)
    await discoverHosts(process.adminContext, await process.cells.mappings(process.adminContext))
    for (const { id, vcpus, ram } of flavors) {
      await addFlavor(this.api, { flavorid: id, vcpus, memoryMb: ram })
    }
    await new Promise<void>(resolve => this.#http.listen(0, '127.0.0.1', resolve))
  }

  host(name: string): Host {
    const host = this.hosts.get(name)
    if (!host) throw new Error(`${name} is not running`)
    return host
  }

  /** As nova-compute starts: repairs first, then messages. */
  async startHost(name: string): Promise<void> {
    const { process, images, volumes, shares } = this.api
    const { conf, policy } = process
    const life = new Life()
    const indirect = openIndirectProcess({
      conf,
      policy,
      log: this.log,
      broker: this.api.broker,
      around: transport => within(life, 'message', timingOut(transport)),
    })
    const { rpc, adminContext, serializer } = indirect
    const driver = new FakeDriver({
      capacity,
      stateFile: join(this.#folder, `${name}.json`),
    })
    const manager = new ComputeManager({
      host: name,
      driver: within(life, 'driver', driver),
      network: within<FakePorts>(life, 'network', this.ports),
      image: within(life, 'image', images),
      volumes: within(life, 'volume', volumes),
      shares: within(life, 'share', shares),
      computeTask: rpc.computeTask,
      compute: rpc.compute,
      allocations: rpc.allocations,
      providers: new InventoryReport(rpc.allocations),
      scheduler: rpc.scheduler,
      options: {
        ...computeOptionsOf(conf),
        // Where nothing moves any more, nobody works on anything.
        abandonedAfter: -1,
        moveAbandonedAfter: -1,
        blockDeviceAllocation: { retries: 0, interval: 0 },
      },
      log: this.log,
      adminContext,
    })
    await manager.initHost()
    const who = { host: name, binary: 'nova-compute', topic: 'compute' }
    await new ObjectServiceRecord(adminContext, who).create()
    await manager.preStartHook()
    const server = new RpcServer(
      createTransport('fake://', { broker: this.api.broker, log: this.log }),
      { topic: 'compute', server: name },
      manager.endpoints().map(endpoint => ending(life, endpoint)),
      { serializer, log: this.log },
    )
    await server.start()
    this.hosts.set(name, { name, life, driver, manager, server })
  }

  /** What it was doing is not done any further; who waits for it learns that by a timeout. */
  async killHost(name: string): Promise<void> {
    const { life, server } = this.host(name)
    life.finish()
    await server.stop()
  }

  /** After a kill. */
  async restartHost(name: string): Promise<void> {
    await this.rest()
    await this.startHost(name)
    await this.rest()
  }

  async ask(
    user: TestUser,
    version: string,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<Answer> {
    const { port } = this.#http.address() as AddressInfo
    this.#asked += 1
    try {
      const response = await request(`http://127.0.0.1:${port}/v2.1${path}`, {
        dispatcher: this.#agent,
        method,
        headers: { ...this.api.as(user, version), 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
      })
      const text = await response.body.text()
      return { status: response.statusCode, body: text ? JSON.parse(text) : null }
    } finally {
      this.#asked -= 1
    }
  }

  /** Resolves when nothing is under way anywhere. */
  async rest(): Promise<void> {
    await stillness(
      () => this.#signs(),
      () => this.#asked === 0 && this.#isAtRest(),
    )
  }

  /** Resolves when nothing goes on, for it is done or waits for something that does not come by itself. */
  async standstill(): Promise<void> {
    await stillness(
      () => this.#signs(),
      () => this.#waitingMessages() === 0,
    )
  }

  /** The tasks that the service runs now and then, which set right what was left behind. */
  async tidy(): Promise<void> {
    for (const name of tidying) {
      for (const { manager, life } of this.hosts.values()) {
        if (life.isOver) continue
        await manager
          .periodicTasks()
          .find(task => task.name === name)
          ?.run()
      }
      await this.rest()
    }
  }

  async stop(): Promise<void> {
    for (const { server } of this.hosts.values()) await server.stop()
    for (const service of this.#services.reverse()) await service.stop()
    await this.#agent.destroy()
    this.#http.closeAllConnections()
    await new Promise(resolve => this.#http.close(resolve))
    await this.api.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #signs(): string {
    const hosts = [...this.hosts.values()].map(({ life, server }) =>
      [life.points, life.underWay, server.running().length].join('/'),
    )
    const services = this.#services.map(runningIn)
    return [...hosts, ...services, this.#waitingMessages(), this.#asked].join(' ')
  }

  #isAtRest(): boolean {
    return (
      this.#waitingMessages() === 0 &&
      this.#services.every(service => runningIn(service) === 0) &&
      [...this.hosts.values()].every(
        ({ life, server }) => life.isOver || (life.underWay === 0 && server.running().length === 0),
      )
    )
  }

  /** Of queues that somebody serves. */
  #waitingMessages(): number {
    return this.api.broker
      .queues()
      .reduce((sum, { messages, consumers }) => sum + (consumers > 0 ? messages : 0), 0)
  }
}

/** Methods under way. */
const runningIn = (service: Service<unknown>): number =>
  service.report().find(({ title }) => title.startsWith('RPC that'))?.lines.length ?? 0

const tidying: readonly string[] = [
  'finish_abandoned',
  '_sync_power_states',
  '_cleanup_running_deleted_instances',
  'update_available_resource',
]

/** Each method ends with the process, without an answer: then its caller has waited for nothing. */
const ending = (life: Life, endpoint: Endpoint<RequestContext>): Endpoint<RequestContext> => ({
  ...endpoint,
  methods: Object.fromEntries(
    Object.entries(endpoint.methods).map(([name, method]) => [
      name,
      (context, args) => Promise.race([method(context, args), life.end]),
    ]),
  ),
})

/** Time passes at once for who waits for a process that died. */
const timingOut = (transport: Transport): Transport => {
  const send = transport.send.bind(transport)
  transport.send = async (target, message, options) => {
    try {
      return await send(target, message, options)
    } catch (error) {
      if (!(error instanceof RemoteError) || error.failure.class !== 'HostDied') throw error
      throw new MessagingTimeout(`Timed out waiting for a reply to ${String(message.method)}`)
    }
  }
  return transport
}

export { addServer, IMAGE_ID }
