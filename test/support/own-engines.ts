import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomInt, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type MariadbServer, withServer } from './databases.js'
import type { RabbitServer } from './vhost.js'

const run = promisify(execFile)

/** ms that an engine may take to come or to go. */
const PATIENCE = 90_000

/** Below the ports that outgoing connections take: it is still free when the server comes back. */
const lastingPort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    const server = createServer()
    server.listen(port, '127.0.0.1')
    const [free] = await Promise.race([
      once(server, 'listening').then(() => [true]),
      once(server, 'error').then(() => [false]),
    ])
    server.close()
    if (free) return port
  }
}

/** A program by its places: distributions keep servers off the PATH, or put a script before them. */
const programAt = (name: string, ...folders: readonly string[]): string | null => {
  const path = [...folders, '/usr/sbin', ...(process.env.PATH ?? '').split(delimiter)]
  return path.map(folder => join(folder, name)).find(file => existsSync(file)) ?? null
}

/** Not Debian's script, which would run it as a user of its own and on the machine's data. */
const rabbitTool = (name: string): string | null => programAt(name, '/usr/lib/rabbitmq/bin')

/** What is missing for engines of one's own; empty: nothing. */
export const missingForOwnEngines = (): readonly string[] => [
  ...['rabbitmq-server', 'rabbitmqctl'].filter(name => !rabbitTool(name)),
  ...['mariadbd', 'mariadb-install-db'].filter(name => !programAt(name)),
]

const need = (program: string | null): string => {
  if (!program) throw new Error(`not installed: ${missingForOwnEngines().join(', ')}`)
  return program
}

/** A server process with a folder of its own, that can be killed and started again. */
class OwnServer {
  readonly folder: string
  readonly port: number
  readonly #program: string
  readonly #args: readonly string[]
  readonly #env: NodeJS.ProcessEnv
  #child: ChildProcess | undefined
  #said = ''

  constructor(
    folder: string,
    port: number,
    program: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = process.env,
  ) {
    this.folder = folder
    this.port = port
    this.#program = program
    this.#args = args
    this.#env = env
  }

  start(): void {
    const child = spawn(this.#program, this.#args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: this.#env,
      cwd: this.folder,
      // A group of its own: the interrupt of a terminal is not for it, nor is a script all there is of it.
      detached: true,
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#said = (this.#said + text).slice(-10_000)
      })
    }
    this.#child = child
  }

  /** Resolves when it is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    process.kill(-child.pid, signal)
    await gone
  }

  /** Asks until it answers. */
  async ready(ask: () => Promise<unknown>): Promise<void> {
    const deadline = performance.now() + PATIENCE
    for (;;) {
      try {
        await ask()
        return
      } catch (error) {
        const ended = this.#child?.exitCode !== null || this.#child.signalCode !== null
        if (ended || performance.now() > deadline) {
          throw new Error(`${this.#program} does not serve: ${this.#said}`, { cause: error })
        }
        await sleep(100)
      }
    }
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'kilonova-engine-'))

/** A MariaDB of the test's own, to be killed. As durable as one that people rely on. */
export class OwnMariadb implements MariadbServer {
  readonly #server: OwnServer

  private constructor(server: OwnServer) {
    this.#server = server
  }

  static async start(): Promise<OwnMariadb> {
    const folder = newFolder()
    const data = join(folder, 'data')
    // The root user has to be named, or the server refuses to be his.
    const user = process.getuid?.() === 0 ? ['--user=root'] : []
    const auth = '--auth-root-authentication-method=normal'
    await run(
      need(programAt('mariadb-install-db')),
      ['--no-defaults', `--datadir=${data}`, auth, '--skip-test-db', ...user],
      { timeout: PATIENCE },
    )
    const port = await lastingPort()
    const server = new OwnServer(folder, port, need(programAt('mariadbd')), [
      ...['--no-defaults', `--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1'],
      ...[`--socket=${join(folder, 'socket')}`, '--innodb-buffer-pool-size=64M', ...user],
      '--innodb-flush-log-at-trx-commit=1',
    ])
    const own = new OwnMariadb(server)
    await own.#start()
    return own
  }

  get port(): number {
    return this.#server.port
  }

  /** @param signal  SIGTERM: as an administrator does it; SIGKILL: as a crash */
  async restart(signal: 'SIGTERM' | 'SIGKILL', awayMs = 0): Promise<void> {
    await this.#server.end(signal)
    await sleep(awayMs)
    await this.#start()
  }

  stop(): Promise<void> {
    return this.#server.remove()
  }

  async #start(): Promise<void> {
    this.#server.start()
    await this.#server.ready(() => withServer(server => server.query('SELECT 1'), this))
  }
}

/** A RabbitMQ node of the test's own, to be killed. */
export class OwnRabbit implements RabbitServer {
  readonly #server: OwnServer
  readonly #env: NodeJS.ProcessEnv

  private constructor(server: OwnServer, env: NodeJS.ProcessEnv) {
    this.#server = server
    this.#env = env
  }

  static async start(): Promise<OwnRabbit> {
    const folder = newFolder()
    const [port, distribution] = [await lastingPort(), await lastingPort()]
    mkdirSync(join(folder, 'log'))
    writeFileSync(join(folder, 'plugins'), '[].')
    const env = {
      ...process.env,
      // Erlang's cookie is kept there.
      HOME: folder,
      RABBITMQ_NODENAME: `kilonova-${randomUUID().slice(0, 8)}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_MNESIA_BASE: join(folder, 'data'),
      RABBITMQ_LOG_BASE: join(folder, 'log'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
      RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
      RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
      RABBITMQ_PID_FILE: join(folder, 'pid'),
    }
    const program = need(rabbitTool('rabbitmq-server'))
    const own = new OwnRabbit(new OwnServer(folder, port, program, [], env), env)
    await own.#start()
    return own
  }

  get port(): number {
    return this.#server.port
  }

  async ctl(...args: readonly string[]): Promise<string> {
    const options = { timeout: PATIENCE, env: this.#env, cwd: this.#server.folder }
    return (await run(need(rabbitTool('rabbitmqctl')), [...args], options)).stdout
  }

  /** @param how  `stop_app`: as an administrator does it; `SIGKILL`: as a crash */
  async restart(how: 'stop_app' | 'SIGKILL', awayMs = 0): Promise<void> {
    if (how === 'stop_app') {
      await this.ctl('stop_app')
      await sleep(awayMs)
      await this.ctl('start_app')
      return
    }
    await this.#server.end('SIGKILL')
    await sleep(awayMs)
    await this.#start()
  }

  stop(): Promise<void> {
    return this.#server.remove()
  }

  async #start(): Promise<void> {
    const file = join(this.#server.folder, 'pid')
    rmSync(file, { force: true })
    this.#server.start()
    // Its tool waits with the server, but gives up at once where there is no file yet.
    await this.#server.ready(async () => readFileSync(file))
    await this.#server.ready(() => this.ctl('wait', '--timeout', '60', file))
  }
}
