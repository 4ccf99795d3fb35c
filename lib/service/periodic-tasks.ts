import { randomUUID } from 'node:crypto'
import { type Log, silentLog, withLogContext } from '../log/index.js'
import { ageSince } from './report.js'

export interface PeriodicTask {
  /** For logs: `update_available_resource`. */
  readonly name: string
  /** Seconds from one start to the next; 0: each default interval (60); below 0: never. */
  readonly spacing: number
  /** First run at the start of the service, not after the random delay. */
  readonly runImmediately?: boolean | undefined
  /** May throw or reject: that is logged, and the next turn comes. */
  readonly run: (signal: AbortSignal) => unknown
}

export interface PeriodicTasksOptions {
  readonly log?: Log | undefined
  /** Seconds; the first run comes at a random moment up to here (`periodic_fuzzy_delay`); 60 when absent. */
  readonly fuzzyDelay?: number | undefined
  /** Part of the spacing that is added at random, so that hosts do not fall into step; 0.05 when absent. */
  readonly jitter?: number | undefined
  /** From 0 to 1, for tests; Math.random when absent. */
  readonly random?: (() => number) | undefined
}

/** Seconds between runs of a task that leaves its spacing open, as in nova. */
const DEFAULT_SPACING = 60

/** Runs tasks again and again, each on its own clock and never beside itself. */
export class PeriodicTasks {
  readonly #tasks: readonly PeriodicTask[]
  readonly #log: Log
  readonly #fuzzyDelay: number
  readonly #jitter: number
  readonly #random: () => number
  readonly #timers = new Map<PeriodicTask, NodeJS.Timeout>()
  readonly #running = new Map<PeriodicTask, Promise<void>>()
  readonly #told = new Map<PeriodicTask, { begun: number; due: number; took: number | null }>()
  readonly #stopping = new AbortController()

  constructor(tasks: readonly PeriodicTask[], options: PeriodicTasksOptions = {}) {
    this.#tasks = tasks.filter(({ spacing }) => spacing >= 0)
    this.#log = options.log ?? silentLog
    this.#fuzzyDelay = options.fuzzyDelay ?? 60
    this.#jitter = options.jitter ?? 0.05
    this.#random = options.random ?? Math.random
  }

  start(): void {
    for (const task of this.#tasks) {
      this.#schedule(task, task.runImmediately ? 0 : this.#random() * this.#fuzzyDelay)
    }
  }

  /** No task begins any more; their signal tells those that run. Resolves when they have ended. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    await Promise.all(this.#running.values())
  }

  /** One line a task: its interval, and whether it runs now or when it does again. */
  report(): string[] {
    return this.#tasks.map(task => {
      const { begun, due, took } = this.#told.get(task) ?? { begun: 0, due: 0, took: null }
      const every = `${task.name}: every ${task.spacing || DEFAULT_SPACING} s`
      if (this.#running.has(task)) return `${every}, running for ${ageSince(begun)}`
      const last = took === null ? 'has not run' : `last took ${took.toFixed(1)} s`
      const next = due ? `, due in ${Math.max(0, (due - Date.now()) / 1000).toFixed(0)} s` : ''
      return `${every}, ${last}${next}`
    })
  }

  /** Names of those that run now. */
  running(): string[] {
    return [...this.#running.keys()].map(({ name }) => name)
  }

  #schedule(task: PeriodicTask, seconds: number): void {
    if (this.#stopping.signal.aborted) return
    const told = this.#told.get(task)
    const due = Date.now() + seconds * 1000
    this.#told.set(task, { begun: told?.begun ?? 0, took: told?.took ?? null, due })
    const timer = setTimeout(() => {
      const run = this.#run(task).finally(() => this.#running.delete(task))
      this.#running.set(task, run)
    }, seconds * 1000)
    this.#timers.set(task, timer)
  }

  /** Whole seconds, as in nova: short spacings are kept as they are. */
  #jitterOf(spacing: number): number {
    return Math.trunc(spacing * this.#jitter * this.#random())
  }

  async #run(task: PeriodicTask): Promise<void> {
    const started = performance.now()
    const told = { begun: Date.now(), due: 0, took: this.#told.get(task)?.took ?? null }
    this.#told.set(task, told)
    try {
      // Each run has an id of its own, as each has in nova: its lines belong together.
      const ids = { request_id: `req-${randomUUID()}` }
      await withLogContext(ids, async () => task.run(this.#stopping.signal))
    } catch (error) {
      this.#log.error({ err: error, task: task.name }, `Error during ${task.name}`)
    }
    const spacing = task.spacing || DEFAULT_SPACING
    const elapsed = (performance.now() - started) / 1000
    told.took = elapsed
    if (elapsed > spacing) {
      this.#log.warn(
        { task: task.name },
        `${task.name} ran ${elapsed.toFixed(1)} seconds, longer than its interval of ${spacing}`,
      )
    }
    this.#schedule(task, Math.max(0, spacing - elapsed) + this.#jitterOf(spacing))
  }
}
