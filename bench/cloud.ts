import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { request } from 'undici'

/** A cloud of its own for one measurement: `nova-all` in a process and a state folder of their own. */
export class Cloud {
  readonly origin: string
  readonly pid: number
  readonly headers: Readonly<Record<string, string>>
  readonly #child: ChildProcess
  readonly #stateDir: string

  private constructor(origin: string, token: string, child: ChildProcess, stateDir: string) {
    this.origin = origin
    this.pid = child.pid ?? 0
    this.#child = child
    this.#stateDir = stateDir
    this.headers = {
      'x-auth-token': token,
      'content-type': 'application/json',
      'openstack-api-version': 'compute 2.93',
    }
  }

  static async start(computeNodes: number): Promise<Cloud> {
    const stateDir = mkdtempSync(join(tmpdir(), 'kilonova-bench-'))
    const port = await freePort()
    const child = spawn(
      resolve(import.meta.dirname, '../../bin/nova-all'),
      [
        '--port',
        String(port),
        '--state-dir',
        stateDir,
        '--compute-nodes',
        String(computeNodes),
      ].concat(['--admin-password', 'bench', '--quiet']),
      { stdio: ['ignore', 'inherit', 'inherit'] },
    )
    const origin = `http://127.0.0.1:${port}`
    await answering(`${origin}/`, child)
    const cloud = new Cloud(origin, await logIn(origin), child, stateDir)
    await cloud.#liftQuotas()
    return cloud
  }

  async #liftQuotas(): Promise<void> {
    const { project } = await tokenOf(this.origin, this.headers['x-auth-token'] ?? '')
    await this.json('PUT', `/v2.1/os-quota-sets/${project.id}`, {
      quota_set: { instances: -1, cores: -1, ram: -1 },
    })
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

  /** A body for POST /servers: the smallest flavor, the seeded image, no network. */
  async serverBody(name: string): Promise<string> {
    const { images } = await this.json<{ images: { id: string }[] }>('GET', '/image/v2/images')
    const image = images[0]
    if (!image) throw new Error('the cloud has no image to boot')
    return JSON.stringify({
      server: { name, imageRef: image.id, flavorRef: '1', networks: 'none' },
    })
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await exited
    rmSync(this.#stateDir, { recursive: true, force: true })
  }
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port to be had')
  return address.port
}

const answering = async (url: string, child: ChildProcess): Promise<void> => {
  const deadline = performance.now() + 30_000
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the cloud ended with ${child.exitCode}`)
    try {
      const response = await request(url)
      await response.body.dump()
      return
    } catch {
      await new Promise(resume => setTimeout(resume, 50))
    }
  }
  throw new Error(`${url} did not answer within 30 s`)
}

const logIn = async (origin: string): Promise<string> => {
  const response = await request(`${origin}/identity/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: 'admin', domain: { id: 'default' }, password: 'bench' } },
        },
        scope: { project: { name: 'admin', domain: { id: 'default' } } },
      },
    }),
  })
  await response.body.dump()
  const token = response.headers['x-subject-token']
  if (typeof token !== 'string')
    throw new Error(`no token: identity answered ${response.statusCode}`)
  return token
}

const tokenOf = async (origin: string, token: string): Promise<{ project: { id: string } }> => {
  const response = await request(`${origin}/identity/v3/auth/tokens`, {
    headers: { 'x-auth-token': token, 'x-subject-token': token },
  })
  return ((await response.body.json()) as { token: { project: { id: string } } }).token
}
