import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { request } from 'undici'
import { rabbitUrl } from './broker.js'
import { logIn, type Session } from './cloud.js'
import { withServer } from './databases.js'
import { answering, freePort, Process } from './processes.js'
import { TcpProxy } from './tcp-proxy.js'
import { addVhost, deleteVhost } from './vhost.js'

const PASSWORD = 'secret-of-a-test'

/** A server as the list with details tells of it; one of a cell that is down by its id and status. */
export interface CellServer {
  readonly id: string
  readonly name?: string
  readonly status: string
  readonly 'OS-EXT-SRV-ATTR:host'?: string | null
  readonly 'OS-EXT-STS:task_state'?: string | null
  readonly fault?: { readonly message: string }
}

/** Names of the two cells, and of the one compute in each. */
export const cellNames = ['one', 'two'] as const
export type CellName = (typeof cellNames)[number]

/**
 * A cloud of two cells on one machine: each has a virtual host of RabbitMQ, a database of MariaDB, a
 * conductor and a compute of its own; above them stand the API database, cell0, and the virtual host of
 * nova-api, the scheduler and the super-conductor. Every one of them reaches the database of the cell `two`
 * by a proxy that can be closed.
 */
export class CellsCloud {
  readonly folder = mkdtempSync(join(tmpdir(), 'kilonova-cells-'))
  readonly #id = `kilonova_test_${randomUUID().replaceAll('-', '').slice(0, 12)}`
  readonly #processes = new Map<string, Process>()
  readonly #vhosts = ['api', ...cellNames].map(name => `${this.#id}_${name}`)
  readonly #databases = ['api', 'cell0', ...cellNames].map(name => `${this.#id}_${name}`)
  #proxy: TcpProxy | undefined
  #session: Session | undefined
  #image: string | undefined
  #apiPort = 0
  #companionsPort = 0

  static async start(): Promise<CellsCloud> {
    const cloud = new CellsCloud()
    try {
      await cloud.#start()
    } catch (error) {
      await cloud.stop()
      throw error
    }
    return cloud
  }

  /** Before the database of the cell `two`. */
  get database(): TcpProxy {
    if (!this.#proxy) throw new Error('the cloud is not started')
    return this.#proxy
  }

  vhostOf(name: 'api' | CellName): string {
    return `${this.#id}_${name}`
  }

  databaseOf(name: 'api' | 'cell0' | CellName): string {
    return `${this.#id}_${name}`
  }

  /** `nova-api`, `nova-scheduler`, `nova-conductor`; in a cell `conductor-one`, `compute-one`, … */
  process(name: string): Process {
    const process = this.#processes.get(name)
    if (!process) throw new Error(`no process ${name}`)
    return process
  }

  async manage(...args: readonly string[]): Promise<string> {
    const process = new Process('nova-manage', [
      ...['--config-file', join(this.folder, 'api.conf')],
      ...args,
    ])
    const code = await process.exited
    if (code !== 0) throw new Error(`nova-manage ${args.join(' ')}: ${code}\n${process.output}`)
    return process.output
  }

  /** @returns status and document */
  async ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: object,
    version = '2.1',
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    this.#session ??= await logIn(this.#authUrl, PASSWORD)
    const response = await request(`http://127.0.0.1:${this.#apiPort}/v2.1${path}`, {
      method,
      headers: {
        'x-auth-token': this.#session.token,
        'content-type': 'application/json',
        'openstack-api-version': `compute ${version}`,
      },
      body: body ? JSON.stringify(body) : null,
      headersTimeout: 60_000,
    })
    const text = await response.body.text()
    return { status: response.statusCode, body: text ? JSON.parse(text) : {} }
  }

  /** Orders a server; into a cell by its host, or where the scheduler likes. @returns its id */
  async boot(name: string, cell?: CellName): Promise<string> {
    const zone = cell ? { availability_zone: `nova:${cell}` } : {}
    this.#image ??= await this.#imageId()
    const { status, body } = await this.ask('POST', '/servers', {
      server: { name, flavorRef: '1', imageRef: this.#image, ...zone },
    })
    if (status !== 202) throw new Error(`POST /servers: ${status} ${JSON.stringify(body)}`)
    return (body.server as { id: string }).id
  }

  async servers(query = '', version = '2.1'): Promise<readonly CellServer[]> {
    const { status, body } = await this.ask('GET', `/servers/detail${query}`, undefined, version)
    if (status !== 200) throw new Error(`GET /servers/detail: ${status} ${JSON.stringify(body)}`)
    return body.servers as CellServer[]
  }

  /** Asks until it is so; fails with the last answer and all that was logged. */
  async until(
    isSo: (servers: readonly CellServer[]) => boolean,
    seconds = 60,
  ): Promise<readonly CellServer[]> {
    const deadline = performance.now() + seconds * 1000
    for (;;) {
      const servers = await this.servers()
      if (isSo(servers)) return servers
      if (performance.now() > deadline) {
        throw new Error(`after ${seconds} s: ${JSON.stringify(servers)}\n${this.#said()}`)
      }
      await after(50)
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#processes.values()].map(process => process.stop()))
    await this.#proxy?.stop()
    for (const vhost of this.#vhosts) await deleteVhost(vhost).catch(() => {})
    await withServer(async server => {
      for (const name of this.#databases) await server.query(`DROP DATABASE IF EXISTS ${name}`)
    })
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** What all of them logged, but for the requests. */
  #said(): string {
    return [...this.#processes]
      .map(([name, { output }]) => `${name}:\n${output.replaceAll(/^.* "GET .*\n/gm, '')}`)
      .join('\n')
  }

  get #authUrl(): string {
    return `http://127.0.0.1:${this.#companionsPort}/identity/v3`
  }

  async #start(): Promise<void> {
    this.#proxy = await TcpProxy.start(3306)
    for (const vhost of this.#vhosts) await addVhost(vhost)
    await withServer(async server => {
      for (const name of this.#databases) {
        await server.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb3`)
      }
    })
    this.#companionsPort = await freePort()
    this.#apiPort = await freePort()
    const companions = this.#run('companions', 'nova-all', [
      ...['--companions-only', '--port', String(this.#companionsPort)],
      ...['--compute-url', `http://127.0.0.1:${this.#apiPort}/v2.1`],
      ...['--admin-password', PASSWORD, '--state-dir', join(this.folder, 'companions')],
    ])
    await answering(this.#authUrl, companions)
    this.#write('api', 'api', this.#databaseUrl('cell0'))
    for (const cell of cellNames) {
      this.#write(`conductor-${cell}`, cell, this.#databaseUrl(cell))
      this.#write(cell, cell)
    }
    await this.#mapCells()
    const served = (name: string, program: string, conf: string) =>
      this.#run(name, program, ['--config-file', join(this.folder, `${conf}.conf`)]).printed(
        / serves topic /,
      )
    await Promise.all([
      served('nova-conductor', 'nova-conductor', 'api'),
      served('nova-scheduler', 'nova-scheduler', 'api'),
      ...cellNames.flatMap(cell => [
        served(`conductor-${cell}`, 'nova-conductor', `conductor-${cell}`),
        served(`compute-${cell}`, 'nova-compute', cell),
      ]),
      answering(
        `http://127.0.0.1:${this.#apiPort}/`,
        this.#run('nova-api', 'nova-api', ['--config-file', join(this.folder, 'api.conf')]),
      ),
    ])
    await this.manage('cell_v2', 'discover_hosts')
    for (const [id, ram] of [
      ['1', 512],
      ['2', 1024],
    ] as const) {
      const flavor = { id, name: `m1.${id}`, vcpus: 1, ram, disk: 1 }
      const { status, body } = await this.ask('POST', '/flavors', { flavor })
      if (status !== 200) throw new Error(`POST /flavors: ${status} ${JSON.stringify(body)}`)
    }
  }

  async #mapCells(): Promise<void> {
    await this.manage('api_db', 'sync')
    const cell0 = this.#databaseUrl('cell0')
    await this.manage('cell_v2', 'map_cell0', '--database_connection', cell0)
    // One cell as it differs from what nova.conf of the API says, the other in so many words.
    await this.manage(
      ...['cell_v2', 'create_cell', '--name', 'one'],
      ...[
        '--transport-url',
        `{scheme}://{username}:{password}@{hostname}:{port}/${this.vhostOf('one')}`,
      ],
      ...[
        '--database_connection',
        `{scheme}://{username}@{hostname}:{port}/${this.databaseOf('one')}?{query}`,
      ],
    )
    await this.manage(
      ...['cell_v2', 'create_cell', '--name', 'two'],
      ...['--transport-url', `${rabbitUrl}${this.vhostOf('two')}`],
      ...['--database_connection', this.#databaseUrl('two')],
    )
    await this.manage('db', 'sync')
    for (const cell of cellNames) {
      const conf = join(this.folder, `conductor-${cell}.conf`)
      const sync = new Process('nova-manage', ['--config-file', conf, 'db', 'sync', '--local_cell'])
      if ((await sync.exited) !== 0) throw new Error(sync.output)
    }
  }

  #run(name: string, program: string, args: readonly string[]): Process {
    const process = new Process(program, args)
    this.#processes.set(name, process)
    return process
  }

  #databaseUrl(name: 'api' | 'cell0' | CellName): string {
    const port = name === 'two' ? this.database.port : 3306
    return `mysql+pymysql://root@127.0.0.1:${port}/${this.databaseOf(name)}?charset=utf8`
  }

  /** @param database  absent: of a compute, which has none */
  #write(host: string, vhost: 'api' | CellName, database?: string): void {
    const databases = database
      ? `[api_database]
connection = ${this.#databaseUrl('api')}
[database]
connection = ${database}
# how long a cell that has just gone is waited for
pool_timeout = 1
`
      : ''
    writeFileSync(
      join(this.folder, `${host}.conf`),
      `[DEFAULT]
host = ${host}
transport_url = ${rabbitUrl}${this.vhostOf(vhost)}
compute_driver = fake.FakeDriver
state_path = ${this.folder}
osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = ${this.#apiPort}
periodic_fuzzy_delay = 1
rpc_response_timeout = 8
[keystone_authtoken]
auth_url = ${this.#authUrl}
username = nova
password = ${PASSWORD}
project_name = service
user_domain_name = Default
project_domain_name = Default
${databases}`,
    )
  }

  async #imageId(): Promise<string> {
    this.#session ??= await logIn(this.#authUrl, PASSWORD)
    const { body } = await request(
      `http://127.0.0.1:${this.#companionsPort}/image/v2/images?name=cirros`,
      { headers: { 'x-auth-token': this.#session.token } },
    )
    const { images } = (await body.json()) as { images: { id: string }[] }
    const [image] = images
    if (!image) throw new Error('no image cirros')
    return image.id
  }
}
