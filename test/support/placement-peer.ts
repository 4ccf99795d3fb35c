import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { RequestContext } from '../../lib/context/index.js'
import { silentLog } from '../../lib/log/index.js'
import { PlacementClaims, PlacementClient, ReportClient } from '../../lib/placement/index.js'
import type { PlacementService } from '../../lib/service/compose/placement.js'
import { isRecord } from '../../lib/util/is-record.js'
import { findPython } from './python-peer.js'

const script = resolve(import.meta.dirname, '../../../test/peers/python/placement_server.py')

/** How long it may take to start, or to forget; milliseconds. */
const patience = 60_000

/** OpenStack's Placement, as a process of its own: see test/peers/python/placement_server.py. */
export class PlacementPeer {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #folder: string
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
    return peer
  }

  /** `[placement] endpoint_override` */
  get url(): string {
    return this.#url
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
