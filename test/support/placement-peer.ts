import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { ConfOverrides } from '../../lib/conf/index.js'
import { RequestContext } from '../../lib/context/index.js'
import { silentLog } from '../../lib/log/index.js'
import { PlacementClaims, PlacementClient, ReportClient } from '../../lib/placement/index.js'
import type { PlacementService } from '../../lib/service/compose/placement.js'
import { isRecord } from '../../lib/util/is-record.js'
import { findPython } from './python-peer.js'

const script = resolve(import.meta.dirname, '../../../test/peers/python/placement_server.py')

/** How long it may take to start, or to forget; milliseconds. */
const patience = 60_000

/** What Keystone says of nova's own user; elsewhere than in its region there is nothing. */
const tokenOf = (url: string): object => {
  const endpoint = { interface: 'internal', region: 'RegionOne', region_id: 'RegionOne', url }
  const elsewhere = { region: 'RegionTwo', region_id: 'RegionTwo', url: 'http://127.0.0.1:9' }
  return {
    token: {
      user: { id: 'placement', name: 'placement', domain: { id: 'default', name: 'Default' } },
      roles: [{ name: 'admin' }],
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      catalog: [{ type: 'placement', endpoints: [{ ...endpoint, ...elsewhere }, endpoint] }],
    },
  }
}

/** OpenStack's Placement, as a process of its own: see test/peers/python/placement_server.py. */
export class PlacementPeer {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #folder: string
  readonly #keystone = createServer((_request, response) => {
    response.writeHead(201, { 'content-type': 'application/json', 'x-subject-token': 'admin' })
    response.end(JSON.stringify(tokenOf(this.#url)))
  })
  #url = ''
  #stderr = ''

  private constructor(python: string) {
    this.#folder = mkdtempSync(join(tmpdir(), 'kilonova-placement-'))
    this.#process = spawn(python, ['-W', 'ignore', script, this.#folder], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    })
    const { stdin, stdout, stderr } = this.#process
    if (!stdin || !stdout) throw new Error('Placement has no pipes')
    stdin.on('error', () => {}) // Told of by the line that does not come.
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
    stderr?.on('data', text => {
      this.#stderr = (this.#stderr + text).slice(-20_000)
    })
  }

  /** For a `before`: starts it, or skips aloud where it is not installed. */
  static async start(test: Mocha.Context): Promise<PlacementPeer> {
    const peer = new PlacementPeer(findPython(test, 'placement'))
    const told = await peer.#line()
    peer.#url = `http://127.0.0.1:${isRecord(told) ? told.port : ''}`
    await new Promise<void>(resolve => peer.#keystone.listen(0, '127.0.0.1', resolve))
    return peer
  }

  /** What nova.conf says of it: its address comes from the catalog of a Keystone that lets everybody in. */
  get conf(): ConfOverrides {
    const { port } = this.#keystone.address() as AddressInfo
    return {
      placement: {
        auth_url: `http://127.0.0.1:${port}/v3`,
        username: 'placement',
        password: 'secret',
        valid_interfaces: ['internal'],
        region_name: 'RegionOne',
      },
    }
  }

  /** As a process of nova's would speak to it. */
  service({ refresh = 300 }: { readonly refresh?: number } = {}): PlacementService {
    const client = new PlacementClient(
      { endpoint_override: this.#url },
      { session: { token: async () => 'admin', endpointFor: async () => this.#url } },
    )
    return {
      client,
      claims: new PlacementClaims(client, silentLog),
      reports: new ReportClient(client, { refresh }),
    }
  }

  /** Forgets all providers, and all that is claimed. */
  async forget(): Promise<void> {
    this.#process.stdin?.write('forget\n')
    await this.#line()
  }

  /** Node's name → consumer → what it has claimed there. */
  async allocations(): Promise<Record<string, Record<string, Record<string, number>>>> {
    const { client } = this.service()
    const context = new RequestContext({ isAdmin: true })
    const found: Record<string, Record<string, Record<string, number>>> = {}
    const answer = (await client.call(context, 'GET', '/resource_providers')) as {
      resource_providers: { name: string; uuid: string }[]
    }
    for (const { name, uuid } of answer.resource_providers) {
      const { allocations } = (await client.call(
        context,
        'GET',
        `/resource_providers/${uuid}/allocations`,
      )) as { allocations: Record<string, { resources: Record<string, number> }> }
      found[name] = Object.fromEntries(
        Object.entries(allocations).map(([consumer, { resources }]) => [consumer, resources]),
      )
    }
    await client.close()
    return found
  }

  async stop(): Promise<void> {
    this.#keystone.close()
    this.#keystone.closeAllConnections()
    if (this.#process.exitCode === null) {
      const exited = once(this.#process, 'exit')
      this.#process.stdin?.end()
      const killer = setTimeout(() => this.#process.kill('SIGKILL'), 10_000)
      await exited
      clearTimeout(killer)
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #line(): Promise<unknown> {
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), patience)
    const { value, done } = await this.#lines.next()
    clearTimeout(killer)
    if (done) throw new Error(`Placement ended: ${this.#stderr}`)
    return JSON.parse(value)
  }
}
