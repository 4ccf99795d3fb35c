import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { request } from 'undici'
import { logIn, openrc, type Session } from '../../support/cloud.js'
import { withServer } from '../../support/databases.js'
import { answering, freePort, Process } from '../../support/processes.js'
import { addVhost, deleteVhost } from '../../support/vhost.js'

const runner = resolve(import.meta.dirname, '../../../../test/peers/drop-in/python/run.py')
const stockIni = resolve(import.meta.dirname, '../../../../test/fixtures/stock-api-paste.ini')
const PASSWORD = 'secret-of-a-test'

/** Whose process it is: Kilonova's, or that of Python's nova. */
export type Maker = 'ours' | 'python'

export interface MixedCloudOptions {
  readonly api: Maker
  readonly conductor: Maker
  readonly scheduler: Maker
  /** By `[DEFAULT] host`. */
  readonly computes: Readonly<Record<string, Maker>>
  /** Who makes the tables first; those that nova-manage of Zed made are then led forward by ours. */
  readonly schema: Maker
  /** `false`: the tables stay as the maker made them. */
  readonly forward?: boolean
  /** Further lines for every nova.conf, sections and all. */
  readonly conf?: string
}

/** Id, name, vCPUs, MiB, GiB. */
const flavors = [
  ['1', 'm1.tiny', 1, 512, 1],
  ['2', 'm1.small', 2, 1024, 2],
] as const

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
type Images = { readonly images: readonly [{ readonly id: string }] }
type Networks = { readonly networks: readonly [{ readonly id: string }] }

const environment = { PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore' }

/**
 * A cloud of processes of both makers on one RabbitMQ (a virtual host of its own) and one MariaDB (databases of its
 * own), with Python's placement beside it, and our identity, image, network and volume services.
 */
export class MixedCloud {
  readonly folder = mkdtempSync(join(tmpdir(), 'kilonova-mixed-'))
  readonly #id = `kilonova_test_${randomUUID().replaceAll('-', '').slice(0, 12)}`
  #options: MixedCloudOptions
  readonly #processes = new Map<string, Process>()
  readonly #databases = ['_api', '', '_cell0', '_placement'].map(suffix => this.#id + suffix)
  #session: Session | undefined
  #apiPort = 0
  #companionsPort = 0
  #placementPort = 0

  private constructor(options: MixedCloudOptions) {
    this.#options = options
  }

  static async start(options: MixedCloudOptions): Promise<MixedCloud> {
    const cloud = new MixedCloud(options)
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

  get id(): string {
    return this.#id
  }

  get authUrl(): string {
    return `http://127.0.0.1:${this.#companionsPort}/identity/v3`
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#apiPort}`
  }

  get placement(): string {
    return `http://127.0.0.1:${this.#placementPort}`
  }

  /** @param name  `api`, `conductor`, `scheduler`, `placement`, `companions`, or the host of a compute */
  process(name: string): Process {
    const process = this.#processes.get(name)
    if (!process) throw new Error(`no process ${name}`)
    return process
  }

  get processes(): ReadonlyMap<string, Process> {
    return this.#processes
  }

  /** nova-manage of this maker; @returns what it printed */
  async manage(maker: Maker, ...args: readonly string[]): Promise<string> {
    const process = this.#spawn(maker, 'manage', args)
    const code = await process.exited
    if (code !== 0) throw new Error(`nova-manage ${args.join(' ')}: ${code}\n${process.output}`)
    return process.output
  }

  async session(): Promise<Session> {
    this.#session ??= await logIn(this.authUrl, PASSWORD)
    return this.#session
  }

  /** Asks nova-api, at the newest version that Zed knows. @throws for an answer that is no success */
  api(method: Method, path: string, body?: object): Promise<unknown> {
    return this.#ask(method, `${this.origin}/v2.1${path}`, body)
  }

  /** What placement has put aside for a server: by host, by resource class. */
  async claimsOf(serverId: string): Promise<Readonly<Record<string, object>>> {
    const { resource_providers: providers } = (await this.placed('/resource_providers')) as {
      resource_providers: readonly { uuid: string; name: string }[]
    }
    const names = new Map(providers.map(({ uuid, name }) => [uuid, name]))
    const { allocations } = (await this.placed(`/allocations/${serverId}`)) as {
      allocations: Readonly<Record<string, { resources: object }>>
    }
    return Object.fromEntries(
      Object.entries(allocations).map(([uuid, { resources }]) => [names.get(uuid), resources]),
    )
  }

  /** After all servers are deleted: placement has nothing claimed, of servers or of migrations. */
  async holdsNothing(): Promise<void> {
    const { resource_providers: providers } = (await this.placed('/resource_providers')) as {
      resource_providers: readonly { uuid: string }[]
    }
    for (const { uuid } of providers) {
      await this.until('nothing to be claimed', async () => {
        const { usages } = (await this.placed(`/resource_providers/${uuid}/usages`)) as {
          usages: Readonly<Record<string, number>>
        }
        return Object.values(usages).every(used => used === 0)
      })
    }
  }

  placed(path: string): Promise<unknown> {
    return this.#ask('GET', this.placement + path)
  }

  async imageId(): Promise<string> {
    const { images } = (await this.#companion('/image/v2/images?name=cirros')) as Images
    return images[0].id
  }

  async networkId(): Promise<string> {
    const { networks } = (await this.#companion('/network/v2.0/networks')) as Networks
    return networks[0].id
  }

  /** How many ports a server has. */
  async portsOf(serverId: string): Promise<number> {
    const { ports } = (await this.#companion(`/network/v2.0/ports?device_id=${serverId}`)) as {
      ports: readonly object[]
    }
    return ports.length
  }

  async deleteVolume(id: string): Promise<void> {
    await this.#volumes('DELETE', `/volumes/${id}`)
  }

  /** @returns the id of a volume that can be had */
  async newVolume(values: object): Promise<string> {
    const { volume } = (await this.#volumes('POST', '/volumes', { volume: values })) as {
      volume: { id: string }
    }
    await this.until('the volume', async () => (await this.volumeStatus(volume.id)) === 'available')
    return volume.id
  }

  async volumeStatus(id: string): Promise<string> {
    const { volume } = (await this.#volumes('GET', `/volumes/${id}`)) as {
      volume: { status: string }
    }
    return volume.status
  }

  /** Asks until it is so. @param what  for the error of one that is not */
  async until(what: string, isSo: () => Promise<boolean>, seconds = 30): Promise<void> {
    const deadline = performance.now() + seconds * 1000
    while (!(await isSo())) {
      if (performance.now() > deadline) {
        throw new Error(`waited ${seconds} s for ${what}\n${this.errors()}`)
      }
      await after(100)
    }
  }

  /** What processes said at level ERROR, the last of each. */
  errors(): string {
    return [...this.#processes]
      .flatMap(([name, { output }]) => [
        `-- ${name}`,
        ...output
          .split('\n')
          .filter(line => / (ERROR|CRITICAL) /.test(line))
          .slice(-40),
      ])
      .join('\n')
  }

  #companion(path: string): Promise<unknown> {
    return this.#ask('GET', `http://127.0.0.1:${this.#companionsPort}${path}`)
  }

  async #volumes(method: Method, path: string, body?: object): Promise<unknown> {
    const { projectId } = await this.session()
    const root = `http://127.0.0.1:${this.#companionsPort}/volume/v3/${projectId}`
    return this.#ask(method, root + path, body)
  }

  async #ask(method: Method, url: string, body?: object): Promise<unknown> {
    const { token } = await this.session()
    const response = await request(url, {
      method,
      headers: {
        'x-auth-token': token,
        'content-type': 'application/json',
        'x-openstack-nova-api-version': '2.93',
        'openstack-api-version': 'placement 1.36',
      },
      body: body ? JSON.stringify(body) : null,
      headersTimeout: 90_000,
    })
    const text = await response.body.text()
    if (response.statusCode >= 300) {
      throw new Error(`${method} ${url}: ${response.statusCode} ${text}\n${this.errors()}`)
    }
    return text ? JSON.parse(text) : null
  }

  /** Ends a process, and starts that of this maker in its place. */
  async replace(name: string, maker: Maker): Promise<void> {
    await stopped(this.process(name))
    const whose = { ...this.#options, computes: { ...this.#options.computes } }
    if (name in whose.computes) {
      whose.computes[name] = maker
      this.#options = whose
      return this.startCompute(name)
    }
    this.#options = { ...whose, [name]: maker }
    if (name === 'api') return this.#startApi()
    if (name === 'conductor' || name === 'scheduler') return this.#startWorker(name)
    throw new Error(`${name} is not to be replaced`)
  }

  /** Another one beside the one that is there, as if of another host: both take from one queue. */
  async join(name: 'conductor' | 'scheduler', maker: Maker): Promise<void> {
    await serving(this.#run(`second ${name}`, maker, name, 'second.conf'))
  }

  /** Ends one that joined. */
  async leave(name: 'conductor' | 'scheduler'): Promise<void> {
    const key = `second ${name}`
    await stopped(this.process(key))
    this.#processes.delete(key)
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#processes.values()].map(process => stopped(process)))
    await deleteVhost(this.#id).catch(() => {})
    await withServer(async server => {
      for (const name of this.#databases) await server.query(`DROP DATABASE IF EXISTS ${name}`)
    })
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #start(): Promise<void> {
    await addVhost(this.#id)
    await withServer(async server => {
      for (const name of this.#databases) {
        await server.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb3`)
      }
    })
    this.#companionsPort = await freePort()
    this.#apiPort = await freePort()
    this.#placementPort = await freePort()
    const companions = new Process('nova-all', [
      ...['--companions-only', '--port', String(this.#companionsPort)],
      ...['--compute-url', `${this.origin}/v2.1`, '--admin-password', PASSWORD],
      ...['--state-dir', join(this.folder, 'companions')],
    ])
    this.#processes.set('companions', companions)
    await answering(this.authUrl, companions)
    this.#writeConf('nova.conf', 'controller')
    this.#writeConf('second.conf', 'second')
    await Promise.all([this.#startPlacement(), this.#makeTables()])
    await this.#startWorker('conductor')
    await Promise.all([
      this.#startWorker('scheduler'),
      ...Object.keys(this.#options.computes).map(host => this.startCompute(host)),
      this.#startApi(),
    ])
    await this.manage('ours', 'cell_v2', 'discover_hosts')
    for (const [id, name, vcpus, ram, disk] of flavors) {
      await this.api('POST', '/flavors', { flavor: { id, name, vcpus, ram, disk } })
    }
  }

  async #makeTables(): Promise<void> {
    const { schema, forward = true } = this.#options
    await this.manage(schema, 'api_db', 'sync')
    await this.manage(schema, 'cell_v2', 'map_cell0')
    await this.manage(schema, 'cell_v2', 'create_cell', '--name', 'cell1')
    await this.manage(schema, 'db', 'sync')
    if (schema === 'ours' || !forward) return
    await this.manage('ours', 'api_db', 'sync')
    await this.manage('ours', 'db', 'sync')
  }

  async #startPlacement(): Promise<void> {
    const folder = join(this.folder, 'placement')
    mkdirSync(folder)
    const conf = join(folder, 'placement.conf')
    writeFileSync(
      conf,
      `[api]
auth_strategy = keystone
[placement_database]
connection = mysql+pymysql://root@127.0.0.1:3306/${this.#id}_placement?charset=utf8
sync_on_startup = true
${this.#keystone('keystone_authtoken')}
`,
    )
    const process = new Process(
      '/usr/bin/python3',
      [runner, 'placement', String(this.#placementPort), conf],
      environment,
    )
    this.#processes.set('placement', process)
    await answering(`${this.placement}/`, process)
  }

  async #startApi(): Promise<void> {
    const process = this.#run('api', this.#options.api, 'api', 'nova.conf')
    await answering(`${this.origin}/`, process)
  }

  async #startWorker(name: 'conductor' | 'scheduler'): Promise<void> {
    await serving(this.#run(name, this.#options[name], name, 'nova.conf'))
  }

  /** With a file that names no database. */
  async startCompute(host: string): Promise<void> {
    const maker = this.#options.computes[host]
    if (!maker) throw new Error(`no compute ${host}`)
    mkdirSync(join(this.folder, host), { recursive: true })
    writeFileSync(join(this.folder, `${host}.conf`), this.#conf(host))
    await serving(this.#run(host, maker, 'compute', `${host}.conf`))
  }

  #run(key: string, maker: Maker, program: string, conf: string): Process {
    const process = this.#spawn(maker, program, [], conf)
    this.#processes.set(key, process)
    return process
  }

  #spawn(maker: Maker, program: string, args: readonly string[], conf = 'nova.conf'): Process {
    const words = ['--config-file', join(this.folder, conf), ...args]
    return maker === 'ours'
      ? new Process(`nova-${program}`, words)
      : new Process('/usr/bin/python3', [runner, program, ...words], environment)
  }

  #keystone(group: string): string {
    return `[${group}]
auth_type = password
auth_url = ${this.authUrl}
www_authenticate_uri = ${this.authUrl}
username = nova
password = ${PASSWORD}
project_name = service
user_domain_name = Default
project_domain_name = Default
region_name = RegionOne
`
  }

  #conf(host: string): string {
    return `[DEFAULT]
host = ${host}
debug = true
transport_url = rabbit://guest:guest@127.0.0.1:5672/${this.#id}
compute_driver = fake.FakeDriver
state_path = ${join(this.folder, host)}
osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = ${this.#apiPort}
osapi_compute_workers = 1
periodic_fuzzy_delay = 1
enabled_apis = osapi_compute
[api]
auth_strategy = keystone
[conductor]
workers = 1
[scheduler]
workers = 1
[oslo_concurrency]
lock_path = ${join(this.folder, 'locks')}
[placement]
endpoint_override = ${this.placement}
${this.#keystone('placement').replace('[placement]\n', '')}
${this.#keystone('keystone_authtoken')}
${this.#keystone('neutron')}
${this.#keystone('service_user')}
[upgrade_levels]
compute = auto
[wsgi]
api_paste_config = ${stockIni}
${this.#options.conf ?? ''}
`
  }

  /** @param host  also of the folder of its state */
  #writeConf(file: string, host: string): void {
    mkdirSync(join(this.folder, host))
    const databases = `[api_database]
connection = mysql+pymysql://root@127.0.0.1:3306/${this.#id}_api?charset=utf8
[database]
connection = mysql+pymysql://root@127.0.0.1:3306/${this.#id}?charset=utf8
`
    writeFileSync(join(this.folder, file), this.#conf(host) + databases)
  }
}

/** Ours says so; Python's tells of its heartbeat once it consumes. */
const serving = async (process: Process): Promise<void> => {
  await process.printed(/ serves topic |Join ServiceGroup membership/, 60)
}

const stopped = async (process: Process): Promise<void> => {
  const left = await Promise.race([process.stop(), after(15_000, 'late', { ref: false })])
  if (left === 'late') await process.stop('SIGKILL')
}
