import { RequestContext } from '../context/index.js'
import { callerFields, type Log, partOf, silentLog, withLogContext } from '../log/index.js'
import {
  baseApiEndpoint,
  type Endpoint,
  RpcServer,
  type Serializer,
  type Transport,
} from '../rpc/index.js'
import { withinSeconds } from '../util/within.js'
import { instanceOf } from './instance-of.js'
import type { DispatchSeen } from './metrics.js'
import { type PeriodicTask, PeriodicTasks } from './periodic-tasks.js'
import { ageSince, type ReportSection } from './report.js'

/** The row in `services` that says this process is alive. */
export interface ServiceRecord {
  /** Makes the row of this host and binary, or refreshes its version. */
  create(): Promise<void>
  /** Counts `report_count` up, which moves `last_seen_up`. */
  beat(): Promise<void>
}

/** What a service runs, besides the methods it offers. All in the order of this table. */
export interface ServiceManager {
  /** Before the record is there: repairs what an earlier life left. */
  initHost?(): Promise<void> | void
  /** Before the first message can come. */
  preStartHook?(): Promise<void> | void
  /** When messages come. */
  postStartHook?(): Promise<void> | void
  periodicTasks?(): readonly PeriodicTask[]
  /** At a clean stop, after the last message. */
  cleanupHost?(): Promise<void> | void
}

export interface ServiceOptions<Context> {
  /** `[DEFAULT] host` */
  readonly host: string
  /** `nova-compute` */
  readonly binary: string
  /** `compute` */
  readonly topic: string
  readonly transport: Transport
  /** The manager's own first; `baseapi` is put behind it, before the others. */
  readonly endpoints: readonly [Endpoint<Context>, ...Endpoint<Context>[]]
  readonly serializer: Serializer<Context>
  readonly manager?: ServiceManager | undefined
  readonly record?: ServiceRecord | undefined
  readonly log?: Log | undefined
  /** Seconds between beats (`report_interval`); 10 when absent, 0: none. */
  readonly reportInterval?: number | undefined
  /** Seconds (`periodic_fuzzy_delay`); 60 when absent. */
  readonly periodicFuzzyDelay?: number | undefined
  /** `periodic_enable`; true when absent. */
  readonly periodicEnable?: boolean | undefined
  /** Seconds for what runs at a stop (`graceful_shutdown_timeout`); 60 when absent, 0: no limit. */
  readonly gracefulShutdownTimeout?: number | undefined
  /** Methods run at once (`executor_thread_pool_size`). */
  readonly concurrency?: number | undefined
  /** `rpc_ping_enabled` */
  readonly rpcPing?: boolean | undefined
  /** Hears of every method once it ended. */
  readonly onDispatch?: ((seen: DispatchSeen) => void) | undefined
  /** Failures that belong to the business and are not logged as errors. */
  readonly isExpected?: ((error: unknown) => boolean) | undefined
}

/**
 * A worker: its manager on a topic, its record beating, its periodic tasks, from a start in nova's
 * order (contract: flows.md section 11) to a stop that loses no message.
 */
export class Service<Context> {
  readonly host: string
  readonly binary: string
  readonly topic: string
  readonly #options: ServiceOptions<Context>
  readonly #log: Log
  readonly #server: RpcServer<Context>
  #heartbeat: PeriodicTasks | null = null
  #periodic: PeriodicTasks | null = null
  #beatFailed = false
  #stopped: Promise<void> | null = null

  constructor(options: ServiceOptions<Context>) {
    const {
      host,
      binary,
      topic,
      transport,
      serializer,
      concurrency,
      rpcPing,
      isExpected,
      onDispatch,
    } = options
    this.host = host
    this.binary = binary
    this.topic = topic
    this.#options = options
    const log = options.log ?? silentLog
    this.#log = partOf(log, 'nova.service')
    const [own, ...others] = options.endpoints
    // baseapi ignores its context, whatever that is here
    const endpoints: Endpoint<Context>[] = [own, baseApiEndpoint(topic), ...others]
    this.#server = new RpcServer(transport, { topic, server: host }, endpoints, {
      serializer,
      log: partOf(log, 'oslo_messaging.rpc.server'),
      concurrency,
      ping: rpcPing,
      isExpected,
      around: (context, method, run, args) => {
        const work = onDispatch ? () => watched(method, run, onDispatch) : run
        if (!(context instanceof RequestContext)) return work()
        return withLogContext({ ...callerFields(context), instance_uuid: instanceOf(args) }, work)
      },
    })
  }

  /** Rejects when the manager or the record does; waits for a broker that is away. */
  async start(): Promise<void> {
    const { manager, record } = this.#options
    this.#log.info({}, `Starting ${this.binary} on ${this.host}`)
    await manager?.initHost?.()
    await record?.create()
    await manager?.preStartHook?.()
    if (this.#stopped) return
    try {
      await this.#server.start()
    } catch (error) {
      // Stopped, and the transport closed, while it waited for the broker.
      if (this.#stopped) return
      throw error
    }
    if (this.#stopped) return
    await this.#firstBeat()
    await manager?.postStartHook?.()
    this.#startTimers()
    this.#log.info({}, `${this.binary} serves topic ${this.topic} as ${this.host}`)
  }

  /**
   * Takes no more messages, lets end what runs, for `gracefulShutdownTimeout` at most, and cleans
   * up. Never rejects: what cannot be ended is logged. The transport stays open, for it is shared.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  /** What it is doing. */
  report(): ReportSection[] {
    const { record, concurrency = 64 } = this.#options
    const running = this.#server.running()
    const beats = this.#beatFailed ? 'cannot be written' : 'is beating'
    return [
      {
        title: `${this.binary} on ${this.host}`,
        lines: [
          `topic ${this.topic}; ${this.#stopped ? 'stopping' : 'serving'}`,
          ...(record ? [`its record ${this.#heartbeat ? beats : 'does not beat'}`] : []),
          `RPC: ${running.length} of ${concurrency} run, ${this.#server.waiting} wait`,
        ],
      },
      { title: `RPC that ${this.binary} runs`, lines: this.#work() },
      { title: `Periodic tasks of ${this.binary}`, lines: this.#periodic?.report() ?? [] },
    ]
  }

  #work(): string[] {
    return this.#server
      .running()
      .map(
        ({ method, requestId, since }) =>
          `${method} (${requestId ?? 'no request id'}) for ${ageSince(since)}`,
      )
  }

  #startTimers(): void {
    const { manager, record, reportInterval = 10 } = this.#options
    const { periodicFuzzyDelay, periodicEnable = true } = this.#options
    if (this.#stopped) return
    if (record && reportInterval > 0) {
      const beat = { name: 'heartbeat', spacing: reportInterval, run: () => this.#beat(record) }
      this.#heartbeat = new PeriodicTasks([beat], {
        log: this.#log,
        fuzzyDelay: reportInterval,
        random: () => 1,
        jitter: 0,
      })
      this.#heartbeat.start()
    }
    const tasks = periodicEnable ? (manager?.periodicTasks?.() ?? []) : []
    this.#periodic = new PeriodicTasks(tasks, { log: this.#log, fuzzyDelay: periodicFuzzyDelay })
    this.#periodic.start()
  }

  /**
   * The record may be an older life's, and last beaten then: nova leaves it so for five seconds, in
   * which a scheduler finds no host.
   */
  async #firstBeat(): Promise<void> {
    const { record, reportInterval = 10 } = this.#options
    if (record && reportInterval > 0) await this.#beat(record)
  }

  /** Says once that beats fail, and once that they do again. */
  async #beat(record: ServiceRecord): Promise<void> {
    try {
      await record.beat()
      if (this.#beatFailed) this.#log.info({}, 'Recovered from being unable to report status.')
      this.#beatFailed = false
    } catch (error) {
      if (this.#beatFailed) return
      this.#beatFailed = true
      this.#log.warn({ err: error }, 'Lost connection to where this service reports its state')
    }
  }

  async #stop(): Promise<void> {
    const { gracefulShutdownTimeout = 60, manager } = this.#options
    this.#log.info({}, `Stopping ${this.binary} on ${this.host}`)
    const drain = async () => {
      await this.#server.stop()
      const periodic = Promise.all([this.#heartbeat?.stop(), this.#periodic?.stop()])
      await this.#server.wait()
      await periodic
      await manager?.cleanupHost?.()
    }
    try {
      await withinSeconds(gracefulShutdownTimeout || Infinity, drain())
    } catch (error) {
      const tasks = this.#periodic?.running() ?? []
      const left = [...this.#work(), ...tasks.map(name => `periodic task ${name}`)]
      this.#log.warn({ err: error }, `Leaving work behind: ${left.join('; ') || 'its own end'}`)
    }
  }
}

const watched = async (
  method: string,
  run: () => Promise<unknown>,
  onDispatch: (seen: DispatchSeen) => void,
): Promise<unknown> => {
  const start = performance.now()
  let failed = true
  try {
    const result = await run()
    failed = false
    return result
  } finally {
    onDispatch({ method, failed, seconds: (performance.now() - start) / 1000 })
  }
}
