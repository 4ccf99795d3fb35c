import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { BrokerProxy, needsRabbit } from './broker.js'
import { logIn, openrc, type Session } from './cloud.js'
import { type MariadbServer, machineMariadb, needsMariadb, withServer } from './databases.js'
import { answering, freePort, Process } from './processes.js'
import { TcpProxy } from './tcp-proxy.js'
import { addVhost, deleteVhost, machineRabbit, needsVhosts, type RabbitServer } from './vhost.js'

const PASSWORD = 'secret-of-a-test'
/** Seconds that a process may take to serve: on a machine with much else to do. */
const START = 120

/** DevStack's: id, name, vCPUs, MiB, GiB. */
const flavors = [
  ['1', 'm1.tiny', 1, 512, 1],
  ['2', 'm1.small', 1, 2048, 20],
  ['3', 'm1.medium', 2, 4096, 40],
  ['4', 'm1.large', 4, 8192, 80],
  ['5', 'm1.xlarge', 8, 16_384, 160],
] as const

export interface SeparateCloudOptions {
  /** `[DEFAULT] host` of each nova-compute. */
  readonly computes?: readonly string[]
  /** Further lines for every nova.conf, sections and all. */
  readonly conf?: string
  /** Each compute reaches the broker, and the controllers the database, through a proxy of its own. */
  readonly proxied?: boolean
  /** The machine's when absent. */
  readonly engines?: Engines
  /** Variables of every process. */
  readonly env?: NodeJS.ProcessEnv
}

/** The servers that the cloud works with. */
export interface Engines {
  readonly rabbit: RabbitServer
  readonly mariadb: MariadbServer
}

export type Worker = 'nova-api' | 'nova-conductor' | 'nova-scheduler'

/** A server as `GET /servers/detail` tells of it, as far as tests ask. */
export interface ServerState {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly host: string | null
  readonly fault: string | null
}

interface ServerDocument {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly fault?: { readonly message: string }
  readonly 'OS-EXT-SRV-ATTR:host': string | null
}

/** For a `before`: the engines that separate processes need. */
export const needsEngines = async (test: Mocha.Context): Promise<void> => {
  await needsRabbit(test)
  await needsMariadb.call(test)
  await needsVhosts(test)
}

/**
 * A cloud of separate processes, set up by the words of the README: RabbitMQ (a virtual host of its
 * own, behind a proxy that can be cut) and MariaDB (databases of its own), nova-manage, and every
 * process with the one nova.conf; computes with one that names no database.
 */
export class SeparateCloud {
  readonly folder = mkdtempSync(join(tmpdir(), 'kilonova-separate-'))
  readonly #id = `kilonova_test_${randomUUID().replaceAll('-', '').slice(0, 12)}`
  readonly #options: SeparateCloudOptions
  readonly #processes = new Map<string, Process>()
  /** What those that were killed had printed. */
  readonly #earlier = new Map<string, string>()
  readonly #databases = [`${this.#id}_api`, this.#id, `${this.#id}_cell0`]
  #proxy: BrokerProxy | undefined
  #databaseProxy: TcpProxy | undefined
  readonly #brokers = new Map<string, BrokerProxy>()
  #session: Session | undefined
  #image: string | undefined
  #apiPort = 0
  #companionsPort = 0

  private constructor(options: SeparateCloudOptions) {
    this.#options = options
  }

  static async start(options: SeparateCloudOptions = {}): Promise<SeparateCloud> {
    const cloud = new SeparateCloud(options)
    try {
      await cloud.#start()
    } catch (error) {
      await cloud.stop()
      throw error
    }
    return cloud
  }

  /** What `admin-openrc` exports. */
  get env(): Readonly<Record<string, string>> {
    return openrc(this.authUrl, PASSWORD)
  }

  get authUrl(): string {
    return `http://127.0.0.1:${this.#companionsPort}/identity/v3`
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#apiPort}`
  }

  get broker(): BrokerProxy {
    if (!this.#proxy) throw new Error('the cloud is not started')
    return this.#proxy
  }

  /** Between the controllers and the database. */
  get database(): TcpProxy {
    if (!this.#databaseProxy) throw new Error('the cloud is not proxied')
    return this.#databaseProxy
  }

  /** The proxy by which this compute reaches the broker. */
  brokerOf(host: string): BrokerProxy {
    return this.#brokers.get(host) ?? this.broker
  }

  get engines(): Engines {
    return this.#options.engines ?? { rabbit: machineRabbit, mariadb: machineMariadb }
  }

  /** The virtual host, and the name of the cell's database: `…_api` and `…_cell0` beside it. */
  get id(): string {
    return this.#id
  }

  get computes(): readonly string[] {
    return this.#options.computes ?? ['one', 'two']
  }

  /** @param name  `nova-api`, …, `companions`, or the host of a compute */
  process(name: string): Process {
    const process = this.#processes.get(name)
    if (!process) throw new Error(`no process ${name}`)
    return process
  }

  /** All that run now. */
  get processes(): readonly Process[] {
    return [...this.#processes.values()]
  }

  /** The same by their names: `nova-api`, …, `companions`, hosts of computes. */
  get named(): ReadonlyMap<string, Process> {
    return this.#processes
  }

  /** What each has printed, in earlier lives too. */
  get outputs(): ReadonlyMap<string, string> {
    const all = new Map(this.#earlier)
    for (const [name, { output }] of this.#processes) {
      all.set(name, (all.get(name) ?? '') + output)
    }
    return all
  }

  startWorker(name: Worker): Promise<void> {
    const process = this.#run(name, name, 'nova.conf')
    if (name === 'nova-api') return answering(`${this.origin}/`, process, START)
    return served(process)
  }

  startCompute(host: string): Promise<void> {
    this.writeComputeConf(host)
    return served(this.#run(host, 'nova-compute', `${host}.conf`))
  }

  /** @returns the path of a nova.conf for this host, which names no database */
  writeComputeConf(host: string): string {
    const file = join(this.folder, `${host}.conf`)
    writeFileSync(file, this.#conf(host))
    return file
  }

  /** As a crash would end it. */
  async kill(name: string): Promise<void> {
    const process = this.process(name)
    await process.stop('SIGKILL')
    this.#earlier.set(name, (this.#earlier.get(name) ?? '') + process.output)
    this.#processes.delete(name)
  }

  /** @returns its exit code */
  async terminate(name: string): Promise<number | null> {
    const code = await this.process(name).stop()
    this.#processes.delete(name)
    return code
  }

  async manage(...args: readonly string[]): Promise<string> {
    const process = new Process('nova-manage', [
      ...['--config-file', join(this.folder, 'nova.conf')],
      ...args,
    ])
    const code = await process.exited
    if (code !== 0) throw new Error(`nova-manage ${args.join(' ')}: ${code}\n${process.output}`)
    return process.output
  }

  async session(): Promise<Session> {
    this.#session ??= await logIn(this.authUrl, PASSWORD)
    return this.#session
  }

  /** @returns status and document */
  async api(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
    version = '2.1',
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const { token } = await this.session()
    const response = await request(`${this.origin}/v2.1${path}`, {
      method,
      headers: {
        'x-auth-token': token,
        'content-type': 'application/json',
        'openstack-api-version': `compute ${version}`,
      },
      body: body ? JSON.stringify(body) : null,
      headersTimeout: 90_000,
    })
    const text = await response.body.text()
    return { status: response.statusCode, body: text ? JSON.parse(text) : null }
  }

  /** `POST /servers`; what is there in the end, `servers` tells. */
  async boot(name: string, count = 1): Promise<void> {
    const { status, body } = await this.order(name, count)
    if (status !== 202) throw new Error(`POST /servers: ${status} ${JSON.stringify(body)}`)
  }

  /** As {@link boot}, whatever the answer is. */
  async order(
    name: string,
    count = 1,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    this.#image ??= await this.#imageId()
    return this.api('POST', '/servers', {
      server: {
        name,
        flavorRef: '1',
        imageRef: this.#image,
        min_count: count,
        max_count: count,
      },
    })
  }

  /** Of the network service, all of them. */
  async ports(): Promise<readonly { readonly id: string; readonly device_id: string }[]> {
    const { token } = await this.session()
    const { body } = await request(`http://127.0.0.1:${this.#companionsPort}/network/v2.0/ports`, {
      headers: { 'x-auth-token': token },
    })
    return ((await body.json()) as { ports: { id: string; device_id: string }[] }).ports
  }

  async servers(): Promise<readonly ServerState[]> {
    const { status, body } = await this.api('GET', '/servers/detail')
    if (status !== 200) {
      const said = this.process('nova-api').output
      throw new Error(`GET /servers/detail: ${status} ${JSON.stringify(body)}\n${said}`)
    }
    return (body as { servers: ServerDocument[] }).servers.map(server => ({
      id: server.id,
      name: server.name,
      status: server.status,
      host: server['OS-EXT-SRV-ATTR:host'],
      fault: server.fault?.message ?? null,
    }))
  }

  /** Asks until it is so; fails with the last answer. */
  async until(
    isSo: (servers: readonly ServerState[]) => boolean,
    seconds = 60,
  ): Promise<readonly ServerState[]> {
    const deadline = performance.now() + seconds * 1000
    for (;;) {
      const servers = await this.servers()
      if (isSo(servers)) return servers
      if (performance.now() > deadline) {
        const said = this.processes.map(({ name, output }) => `${name}:\n${output}`).join('\n')
        throw new Error(`after ${seconds} s: ${JSON.stringify(servers)}\n${said}`)
      }
    }
  }

  async deleteAll(): Promise<void> {
    for (const { id } of await this.servers()) await this.api('DELETE', `/servers/${id}`)
    await this.until(servers => servers.length === 0)
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map(process => process.stop()))
    await Promise.all([...this.#brokers.values()].map(proxy => proxy.stop()))
    await this.#proxy?.stop()
    await this.#databaseProxy?.stop()
    const { rabbit, mariadb } = this.engines
    await deleteVhost(this.#id, rabbit).catch(() => {})
    await withServer(async server => {
      for (const name of this.#databases) await server.query(`DROP DATABASE IF EXISTS ${name}`)
    }, mariadb)
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #start(): Promise<void> {
    const { rabbit, mariadb } = this.engines
    this.#proxy = await BrokerProxy.start(rabbit.port)
    if (this.#options.proxied) {
      this.#databaseProxy = await TcpProxy.start(mariadb.port)
      for (const host of this.computes) {
        this.#brokers.set(host, await BrokerProxy.start(rabbit.port))
      }
    }
    await addVhost(this.#id, rabbit)
    await withServer(async server => {
      for (const name of this.#databases) {
        await server.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb3`)
      }
    }, mariadb)
    this.#companionsPort = await freePort()
    this.#apiPort = await freePort()
    const companions = new Process(
      'nova-all',
      [
        ...['--companions-only', '--port', String(this.#companionsPort)],
        ...['--compute-url', `${this.origin}/v2.1`, '--admin-password', PASSWORD],
        ...['--state-dir', join(this.folder, 'companions')],
      ],
      this.#options.env,
    )
    this.#processes.set('companions', companions)
    await answering(this.authUrl, companions, START)
    this.#writeConf()

    await this.manage('api_db', 'sync')
    await this.manage('cell_v2', 'map_cell0')
    await this.manage('cell_v2', 'create_cell', '--name', 'cell1')
    await this.manage('db', 'sync')
    await Promise.all([
      this.startWorker('nova-conductor'),
      this.startWorker('nova-scheduler'),
      ...this.computes.map(host => this.startCompute(host)),
      this.startWorker('nova-api'),
    ])
    await this.manage('cell_v2', 'discover_hosts')
    for (const [id, name, vcpus, ram, disk] of flavors) {
      const { status, body } = await this.api('POST', '/flavors', {
        flavor: { id, name, vcpus, ram, disk },
      })
      if (status !== 200) throw new Error(`POST /flavors: ${status} ${JSON.stringify(body)}`)
    }
  }

  #run(key: string, program: string, conf: string): Process {
    const process = new Process(
      program,
      ['--config-file', join(this.folder, conf)],
      this.#options.env,
    )
    this.#processes.set(key, process)
    return process
  }

  #conf(host: string): string {
    return `[DEFAULT]
host = ${host}
transport_url = ${this.brokerOf(host).urlOf(this.#id)}
compute_driver = fake.FakeDriver
state_path = ${this.folder}
osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = ${this.#apiPort}
periodic_fuzzy_delay = 1
[keystone_authtoken]
auth_url = ${this.authUrl}
username = nova
password = ${PASSWORD}
project_name = service
user_domain_name = Default
project_domain_name = Default
${this.#options.conf ?? ''}
`
  }

  #writeConf(): void {
    const port = this.#databaseProxy?.port ?? this.engines.mariadb.port
    // Both spellings of the URL, for both are to be understood.
    const databases = `[api_database]
connection = mysql+pymysql://root@127.0.0.1:${port}/${this.#id}_api?charset=utf8
[database]
connection = mysql://root@127.0.0.1:${port}/${this.#id}
`
    writeFileSync(join(this.folder, 'nova.conf'), this.#conf('controller') + databases)
  }

  async #imageId(): Promise<string> {
    const { token } = await this.session()
    const response = await request(
      `http://127.0.0.1:${this.#companionsPort}/image/v2/images?name=cirros`,
      { headers: { 'x-auth-token': token } },
    )
    const { images } = (await response.body.json()) as { images: { id: string }[] }
    const [image] = images
    if (!image) throw new Error('no image cirros')
    return image.id
  }
}

const served = async (process: Process): Promise<void> => {
  await process.printed(/ serves topic /, START)
}
