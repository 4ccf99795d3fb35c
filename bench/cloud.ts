import { request } from 'undici'
import { Cloud, type CloudOptions } from '../test/support/cloud.js'

/** A cloud of its own for one measurement, quotas lifted, and a client of it. */
export class MeasuredCloud {
  readonly #cloud: Cloud
  readonly headers: Readonly<Record<string, string>>

  private constructor(cloud: Cloud, token: string) {
    this.#cloud = cloud
    this.headers = {
      'x-auth-token': token,
      'content-type': 'application/json',
      'openstack-api-version': 'compute 2.93',
    }
  }

  static async start(options: CloudOptions): Promise<MeasuredCloud> {
    const cloud = await Cloud.start(options)
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

  get pid(): number {
    return this.#cloud.pid
  }

  async json<T>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<T> {
    const response = await request(this.origin + path, {
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

  /** A body for POST /servers: the smallest flavor, the seeded image and network. */
  async serverBody(name: string): Promise<string> {
    const [image] = (await this.json<{ images: { id: string }[] }>('GET', '/image/v2/images'))
      .images
    const { networks } = await this.json<{
      networks: { id: string; 'router:external': boolean }[]
    }>('GET', '/network/v2.0/networks')
    const network = networks.find(one => !one['router:external'])
    if (!image || !network) throw new Error('the cloud has no image or network to boot with')
    return JSON.stringify({
      server: { name, imageRef: image.id, flavorRef: '1', networks: [{ uuid: network.id }] },
    })
  }

  /** Waits until so many servers are in the status. */
  async waitFor(status: string, count: number, seconds = 300): Promise<void> {
    const deadline = performance.now() + seconds * 1000
    for (;;) {
      const found = await this.json<{ servers: object[] }>('GET', `/v2.1/servers?status=${status}`)
      if (found.servers.length >= count) return
      if (performance.now() > deadline) {
        throw new Error(
          `${found.servers.length} of ${count} servers were ${status} after ${seconds} s`,
        )
      }
      await new Promise(resume => setTimeout(resume, 50))
    }
  }

  stop(): Promise<number | null> {
    return this.#cloud.stop()
  }
}
