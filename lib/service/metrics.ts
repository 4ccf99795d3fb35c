import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** A request that was answered, or whose client went away. */
export interface RequestSeen {
  readonly method: string
  /** As the route was written; null: no route was reached. */
  readonly route: string | null
  readonly status: number
  readonly seconds: number
}

/** An RPC method that ran. */
export interface DispatchSeen {
  /** Its name on the wire: one that an endpoint has. */
  readonly method: string
  readonly failed: boolean
  readonly seconds: number
}

/** What a section of api-paste.ini did with a request. */
export interface SectionSeen {
  readonly section: string
  /** Of a few: `answered`, `passed`, … */
  readonly outcome: string
  /** In which it had the request, and no section further in. */
  readonly ownMs: number
}

/** Seconds: from a cached answer to a call that waits for a host. */
const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60]

/** Seconds: most sections look at a header. */
const sectionBuckets = [0.0001, 0.001, 0.01, 0.1, 1, 10]

/** Names of sections; a file has some dozens, but may be reloaded with others. */
const MAX_SECTIONS = 500

const methods: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'])

/** Milliseconds between two looks at the event loop. */
const LOOK = 20

/** The histogram has whole intervals, in ns: what is beyond {@link LOOK} is lateness. NaN before the first. */
const lagSeconds = (interval: number): number => Math.max(0, interval / 1e9 - LOOK / 1000)

/**
 * What a process counts of itself, in Prometheus' format. Labels take few, fixed values: routes as
 * they are written and names of methods, never what a client sends.
 */
export class ProcessMetrics {
  readonly #registry = new Registry()
  readonly #requests: Histogram
  readonly #dispatches: Histogram
  readonly #sections: Histogram
  readonly #sectionNames = new Set<string>()
  readonly #dispatchFailures: Counter
  readonly #lag: ReturnType<typeof monitorEventLoopDelay>

  /** @param binary  label of every line: `nova-api` */
  constructor(binary: string) {
    const registers = [this.#registry]
    this.#registry.setDefaultLabels({ binary })
    this.#requests = new Histogram({
      name: 'nova_http_request_duration_seconds',
      help: 'Requests by route and status; _count is how many.',
      labelNames: ['method', 'route', 'status'],
      buckets,
      registers,
    })
    this.#dispatches = new Histogram({
      name: 'nova_rpc_dispatch_duration_seconds',
      help: 'RPC methods that ran; _count is how many.',
      labelNames: ['method'],
      buckets,
      registers,
    })
    this.#dispatchFailures = new Counter({
      name: 'nova_rpc_dispatch_failures_total',
      help: 'RPC methods that ended in an error, those of the business among them.',
      labelNames: ['method'],
      registers,
    })
    this.#sections = new Histogram({
      name: 'nova_paste_section_duration_seconds',
      help: 'Sections of api-paste.ini by what became of the request there; its own time only.',
      labelNames: ['section', 'outcome'],
      buckets: sectionBuckets,
      registers,
    })
    const lag = monitorEventLoopDelay({ resolution: LOOK })
    lag.enable()
    this.#lag = lag
    new Gauge({
      name: 'nova_event_loop_lag_seconds',
      help: 'How late timers were since the last reading.',
      labelNames: ['quantile'],
      registers,
      collect() {
        this.set({ quantile: '0.5' }, lagSeconds(lag.percentile(50)))
        this.set({ quantile: '0.99' }, lagSeconds(lag.percentile(99)))
        this.set({ quantile: '1' }, lagSeconds(lag.max))
        lag.reset()
      },
    })
    this.gauge('nova_process_resident_memory_bytes', 'Memory that the process holds.', () =>
      process.memoryUsage.rss(),
    )
    this.gauge('nova_process_uptime_seconds', 'Since its start.', () => process.uptime())
  }

  /** A number that is read when it is asked for. */
  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read())
      },
    })
  }

  readonly request = ({ method, route, status, seconds }: RequestSeen): void => {
    this.#requests.observe(
      { method: methods.has(method) ? method : 'other', route: route ?? 'none', status },
      seconds,
    )
  }

  readonly dispatch = ({ method, failed, seconds }: DispatchSeen): void => {
    this.#dispatches.observe({ method }, seconds)
    if (failed) this.#dispatchFailures.inc({ method })
  }

  readonly section = ({ section, outcome, ownMs }: SectionSeen): void => {
    const names = this.#sectionNames
    if (names.size < MAX_SECTIONS) names.add(section)
    const label = names.has(section) ? section : 'other'
    this.#sections.observe({ section: label, outcome }, ownMs / 1000)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** Prometheus' text. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }

  close(): void {
    this.#lag.disable()
    this.#registry.clear()
  }
}
