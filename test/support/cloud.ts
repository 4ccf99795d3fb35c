import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { freePort, Process } from './processes.js'

export interface CloudOptions {
  readonly computeNodes?: number
  /** Further words of the command line. */
  readonly args?: readonly string[]
  /** Kept at the end; one of its own, taken away at the end, when absent. */
  readonly stateDir?: string
}

/** A token, and what a client makes of its catalog. */
export interface Session {
  readonly token: string
  readonly projectId: string
  readonly userId: string
}

const PASSWORD = 'secret-of-a-test'

/** A whole cloud in one process, as `npm start` runs it, on a port and a state folder of its own. */
export class Cloud {
  readonly process: Process
  readonly stateDir: string
  readonly origin: string
  readonly #isOwnState: boolean

  private constructor(process: Process, stateDir: string, origin: string, isOwnState: boolean) {
    this.process = process
    this.stateDir = stateDir
    this.origin = origin
    this.#isOwnState = isOwnState
  }

  static async start(options: CloudOptions = {}): Promise<Cloud> {
    const stateDir = options.stateDir ?? mkdtempSync(join(tmpdir(), 'kilonova-test-'))
    const port = await freePort()
    const process = new Process('nova-all', [
      ...['--port', String(port), '--state-dir', stateDir, '--admin-password', PASSWORD],
      ...['--compute-nodes', String(options.computeNodes ?? 1)],
      ...(options.args ?? []),
    ])
    const origin = `http://127.0.0.1:${port}`
    // Printed once everything runs, the computes too; the port answers before that.
    await process.printed(/^Kilonova \S+ runs at /m)
    return new Cloud(process, stateDir, origin, options.stateDir === undefined)
  }

  get pid(): number {
    return this.process.pid
  }

  /** What `admin-openrc` exports. */
  get env(): Readonly<Record<string, string>> {
    return openrc(`${this.origin}/identity/v3`, PASSWORD)
  }

  session(): Promise<Session> {
    return logIn(`${this.origin}/identity/v3`, PASSWORD)
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const code = await this.process.stop(signal)
    if (this.#isOwnState) rmSync(this.stateDir, { recursive: true, force: true })
    return code
  }
}

/** Variables that the clients of OpenStack read. */
export const openrc = (authUrl: string, password: string): Readonly<Record<string, string>> => ({
  OS_AUTH_URL: authUrl,
  OS_USERNAME: 'admin',
  OS_PASSWORD: password,
  OS_PROJECT_NAME: 'admin',
  OS_USER_DOMAIN_NAME: 'Default',
  OS_PROJECT_DOMAIN_NAME: 'Default',
  OS_IDENTITY_API_VERSION: '3',
  OS_REGION_NAME: 'RegionOne',
  OS_COMPUTE_API_VERSION: '2.90',
})

export const logIn = async (authUrl: string, password: string): Promise<Session> => {
  const response = await request(`${authUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: 'admin', domain: { id: 'default' }, password } },
        },
        scope: { project: { name: 'admin', domain: { id: 'default' } } },
      },
    }),
  })
  const token = response.headers['x-subject-token']
  const text = await response.body.text()
  if (typeof token !== 'string') {
    throw new Error(`identity answered ${response.statusCode} without a token: ${text}`)
  }
  const body = JSON.parse(text) as { token: { project: { id: string }; user: { id: string } } }
  return { token, projectId: body.token.project.id, userId: body.token.user.id }
}
