import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { request } from 'undici'

const bin = resolve(import.meta.dirname, '../../../bin')

/** A port that nobody listens on now. Taken at once by a child, it is not taken by another meanwhile. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port to be had')
  return address.port
}

/** One of our executables, running; what it prints is kept. */
export class Process {
  readonly name: string
  readonly #child: ChildProcess
  readonly #output: string[] = []
  readonly #exited: Promise<number | null>

  /** @param cwd  where it runs; here when absent */
  constructor(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd?: string) {
    this.name = name
    this.#child = spawn(resolve(bin, name), args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      cwd,
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#output.push(text))
    }
    this.#exited = once(this.#child, 'exit').then(([code]) => code as number | null)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get output(): string {
    return this.#output.join('')
  }

  /** Resolves with the exit code; null when a signal ended it. */
  get exited(): Promise<number | null> {
    return this.#exited
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.isRunning) this.signal(signal)
    return this.#exited
  }

  /** Waits until it printed this; fails with all that it printed when it ends or takes too long. */
  async printed(pattern: RegExp, seconds = 30): Promise<RegExpExecArray> {
    const deadline = performance.now() + seconds * 1000
    for (;;) {
      const match = pattern.exec(this.output)
      if (match) return match
      if (!this.isRunning || performance.now() > deadline) {
        throw new Error(`${this.name} did not print ${pattern}; it printed:\n${this.output}`)
      }
      await Promise.race([this.#exited, after(20)])
    }
  }
}

/** Asks until somebody answers there. */
export const answering = async (url: string, process: Process, seconds = 30): Promise<void> => {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    try {
      const response = await request(url, { headersTimeout: 5000 })
      await response.body.dump()
      return
    } catch (error) {
      if (!process.isRunning || performance.now() > deadline) {
        throw new Error(
          `${process.name} does not answer at ${url}; it printed:\n${process.output}`,
          {
            cause: error,
          },
        )
      }
      await after(25)
    }
  }
}
