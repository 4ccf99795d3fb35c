import nodeCluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Log, silentLog } from '../log/index.js'
import type { ReportSection } from './report.js'

/** A forked process, as far as the launcher is concerned. */
export interface LaunchedProcess {
  readonly pid: number | undefined
  kill(signal: NodeJS.Signals): void
  /** It does its work now: its port is open, or it said `ready`. */
  onReady(listener: () => void): void
  onExit(listener: (code: number | null, signal: NodeJS.Signals | null) => void): void
}

export interface ProcessLauncherOptions {
  /** Processes to keep running. */
  readonly workers: number
  readonly log?: Log | undefined
  /** Seconds from the stop to SIGKILL; 60 when absent. */
  readonly gracefulShutdownTimeout?: number | undefined
  /** Seconds before a dead worker's successor; doubles while they die young, place by place. 1 when absent. */
  readonly minBackoff?: number | undefined
  /** Seconds; 60 when absent. */
  readonly maxBackoff?: number | undefined
  /** For tests; node:cluster's when absent. */
  readonly fork?: (() => LaunchedProcess) | undefined
}

/** A worker that lived so long, in ms, did not die of its start. */
const YOUNG = 10_000

/**
 * Keeps N processes of this program running on one port (node:cluster).
 *
 *     if (isLauncher() && conf.DEFAULT.osapi_compute_workers > 1) {
 *       process.exitCode = await new ProcessLauncher({ workers, log }).run()
 *     } else { … serve … }
 *
 * The workers run the same program and do not take the first branch.
 */
export class ProcessLauncher {
  readonly #options: ProcessLauncherOptions
  readonly #log: Log
  readonly #workers = new Set<LaunchedProcess>()
  readonly #stopping = new AbortController()
  readonly #done = Promise.withResolvers<number>()
  #everReady = false
  #exitCode = 0

  constructor(options: ProcessLauncherOptions) {
    this.#options = options
    this.#log = options.log ?? silentLog
  }

  /** Resolves with the exit status when all workers have ended after a stop, or none could start. */
  run(): Promise<number> {
    for (let count = 0; count < this.#options.workers; count++) this.#fork(this.#minBackoff)
    return this.#done.promise
  }

  /** SIGTERM to the workers, SIGKILL to those that take too long. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return void (await this.#done.promise)
    this.#stopping.abort()
    this.signal('SIGTERM')
    if (!this.#workers.size) this.#done.resolve(this.#exitCode)
    const limit = setTimeout(
      () => {
        this.#log.warn({}, `Killing ${this.#workers.size} workers that do not end`)
        this.signal('SIGKILL')
      },
      (this.#options.gracefulShutdownTimeout ?? 60) * 1000,
    )
    await this.#done.promise
    clearTimeout(limit)
  }

  /** Passes a signal on to every worker: SIGHUP to reload, say. */
  signal(signal: NodeJS.Signals): void {
    for (const worker of this.#workers) worker.kill(signal)
  }

  report(): ReportSection[] {
    return [{ title: 'Workers', lines: [...this.#workers].map(({ pid }) => `pid ${pid}`) }]
  }

  get #minBackoff(): number {
    return this.#options.minBackoff ?? 1
  }

  /** @param backoff  seconds before the next one in this place, should it die young */
  #fork(backoff: number): void {
    const worker = (this.#options.fork ?? forkWorker)()
    const started = performance.now()
    this.#workers.add(worker)
    worker.onReady(() => {
      this.#everReady = true
    })
    worker.onExit((code, signal) => {
      this.#workers.delete(worker)
      void this.#ended(worker, { age: performance.now() - started, backoff }, code, signal)
    })
    this.#log.info({ worker: worker.pid }, 'Started a worker')
  }

  async #ended(
    { pid }: LaunchedProcess,
    { age, backoff }: { readonly age: number; readonly backoff: number },
    code: number | null,
    signal: NodeJS.Signals | null,
  ): Promise<void> {
    const { signal: stopping } = this.#stopping
    if (stopping.aborted) {
      if (!this.#workers.size) this.#done.resolve(this.#exitCode)
      return
    }
    const how = signal ? `was killed by ${signal}` : `exited with status ${code}`
    if (!this.#everReady && code) {
      // It cannot start at all (a port in use, a bad option), and said why: nor would the next.
      this.#exitCode = code
      this.#log.error({ worker: pid }, `A worker ${how} before it served; giving up`)
      return this.stop()
    }
    const { maxBackoff = 60 } = this.#options
    const wait = age < YOUNG ? backoff : this.#minBackoff
    this.#log.warn({ worker: pid }, `A worker ${how}; starting another in ${wait} seconds`)
    await sleep(wait * 1000, undefined, { signal: stopping }).catch(() => {})
    if (!stopping.aborted) this.#fork(Math.min(maxBackoff, wait * 2))
    else if (!this.#workers.size) this.#done.resolve(this.#exitCode)
  }
}

/** Whether this process is the one that launches, and not one that was launched. */
export const isLauncher = (): boolean => nodeCluster.isPrimary

/** Tells the launcher that this worker serves, where it opens no port that would tell. */
export const tellReady = (): void => {
  if (nodeCluster.isWorker) process.send?.('ready')
}

const forkWorker = (): LaunchedProcess => {
  const worker: Worker = nodeCluster.fork()
  return {
    pid: worker.process.pid,
    kill: signal => void worker.process.kill(signal),
    onReady: listener => {
      worker.once('listening', listener)
      worker.on('message', message => {
        if (message === 'ready') listener()
      })
    },
    onExit: listener => {
      worker.once('exit', (code: number | null, signal: string | null) =>
        listener(code, signal ? (signal as NodeJS.Signals) : null),
      )
    },
  }
}
