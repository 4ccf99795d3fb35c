import { request } from 'undici'
import { Cloud, type CloudOptions, type Session } from '../test/support/cloud.js'
import { SeparateCloud } from '../test/support/separate-cloud.js'

/** What runs, in one process or several. */
interface Running {
  readonly origin: string
  /** Where identity, image and network are. */
  readonly servicesOrigin: string
  readonly pids: readonly number[]
  session(): Promise<Session>
  stop(): Promise<unknown>
}

const inOneProcess = async (options: CloudOptions): Promise<Running> => {
  const cloud = await Cloud.start(options)
  const { origin, pid } = cloud
  return {
    origin,
    servicesOrigin: origin,
    pids: [pid],
    session: () => cloud.session(),
    stop: () => cloud.stop(),
  }
}

/** @param more  processes that are the cloud's, though it does not know of them */
const inSeparateProcesses = (cloud: SeparateCloud, more: readonly number[]): Running => ({
  origin: cloud.origin,
  servicesOrigin: new URL(cloud.authUrl).origin,
  pids: [...cloud.processes.map(({ pid }) => pid), ...more],
  session: () => cloud.session(),
  stop: () => cloud.stop(),
})

/** A cloud of its own for one measurement, quotas lifted, and a client of it. */
export class MeasuredCloud {
  readonly #cloud: Running
  readonly headers: Readonly<Record<string, string>>
  #network: string | undefined

  private constructor(cloud: Running, token: string) {
    this.#cloud = cloud
    this.headers = {
      'x-auth-token': token,
      'content-type': 'application/json',
      'openstack-api-version': 'compute 2.93',
    }
  }

  /** nova-all: SQLite, messages within the process. */
  static async start(options: CloudOptions): Promise<MeasuredCloud> {
    return MeasuredCloud.#of(await inOneProcess(options))
  }

  /** Each service a process: MariaDB and RabbitMQ of this machine. */
  static async startSeparate(computes: readonly string[]): Promise<MeasuredCloud> {
    return MeasuredCloud.of(await SeparateCloud.start({ computes }))
  }

  /** @param more  pids of processes that belong to it, and that it did not start */
  static of(cloud: SeparateCloud, more: readonly number[] = []): Promise<MeasuredCloud> {
    return MeasuredCloud.#of(inSeparateProcesses(cloud, more))
  }

  static async #of(cloud: Running): Promise<MeasuredCloud> {
    try {
      const { token, projectId } = await cloud.session()
      const measured = new MeasuredCloud(cloud, token)
      await measured.json('PUT', `/v2.1/os-quota-sets/${projectId}`, {
        quota_set: { instances: -1, cores: -1, ram: -1 },
      })
      return measured
    } catch (error) {
      await cloud.stop()
      throw error
    }
  }

  get origin(): string {
    return this.#cloud.origin
  }

  /** Of all its processes, the database's and the broker's not among them. */
  get pids(): readonly number[] {
    return this.#cloud.pids
  }

  async json<T>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    origin = this.origin,
  ): Promise<T> {
    const response = await request(origin + path, {
      method,
      headers: this.headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.body.text()
    if (response.statusCode >= 400) {
      throw new Error(`${method} ${path} answered ${response.statusCode}: ${text}`)
    }
    return (text ? JSON.parse(text) : null) as T
  }

  /** A body for POST /servers: the smallest flavor, the seeded image, a network with room for 65,000. */
  async serverBody(name: string): Promise<string> {
    const { servicesOrigin } = this.#cloud
    const { images } = await this.json<{ images: { id: string }[] }>(
      'GET',
      '/image/v2/images',
      undefined,
      servicesOrigin,
    )
    if (!images[0]) throw new Error('the cloud has no image to boot with')
    this.#network ??= await this.#makeNetwork()
    return JSON.stringify({
      server: { name, imageRef: images[0].id, flavorRef: '1', networks: [{ uuid: this.#network }] },
    })
  }

  async #makeNetwork(): Promise<string> {
    const make = <T>(path: string, body: object): Promise<T> =>
      this.json('POST', `/network/v2.0/${path}`, body, this.#cloud.servicesOrigin)
    const { network } = await make<{ network: { id: string } }>('networks', {
      network: { name: 'wide' },
    })
    await make('subnets', {
      subnet: { network_id: network.id, ip_version: 4, cidr: '10.64.0.0/16' },
    })
    return network.id
  }

  /**
   * Waits until nothing is being built, then counts what is ACTIVE.
   *
   * @throws when it takes longer, or not all came up
   */
  async waitForBoots(count: number, seconds = 300): Promise<void> {
    const deadline = performance.now() + seconds * 1000
    // One server at most is asked for: whoever waits must not be what the cloud is busy with.
    while ((await this.#count('/v2.1/servers?status=BUILD&limit=1', 1)) > 0) {
      if (performance.now() > deadline) {
        throw new Error(`servers were still being built after ${seconds} s`)
      }
      await new Promise(resume => setTimeout(resume, 50))
    }
    const found = await this.#count('/v2.1/servers?status=ACTIVE', count)
    if (found < count) throw new Error(`${found} of ${count} servers are ACTIVE`)
  }

  /** Page by page: one holds a thousand at most. */
  async #count(path: string, enough: number): Promise<number> {
    let marker = ''
    for (let count = 0; ; ) {
      const { servers } = await this.json<{ servers: { id: string }[] }>('GET', path + marker)
      count += servers.length
      const last = servers.at(-1)
      if (count >= enough || servers.length < 1000 || !last) return count
      marker = `&marker=${last.id}`
    }
  }

  async stop(): Promise<void> {
    await this.#cloud.stop()
  }
}
