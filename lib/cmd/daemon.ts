import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ConfError, loadConf, type NovaConf } from '../conf/index.js'
import { DatabaseConnectionError, DatabaseUrlError } from '../db/errors.js'
import { ServiceTooOld } from '../exception/index.js'
import type { Logger } from '../log/index.js'
import { PasteError } from '../paste/index.js'
import { PolicyFileError } from '../policy/index.js'
import { TransportConfigError } from '../rpc/index.js'
import {
  handleSignals,
  isLauncher,
  ListenError,
  MetricsEndpoint,
  ProcessMetrics,
  type ReportSection,
  tellReady,
} from '../service/index.js'
import { OperatorError } from '../util/operator-error.js'
import { launch } from './launch.js'
import { loggerOf } from './logging.js'
import { reloading } from './reloading.js'
import { version } from './version.js'
import { writeReport } from './write-report.js'

/** Something of a process that runs until it is stopped. */
export interface Running {
  stop(): Promise<void>
  /** SIGHUP, once nova.conf could be read again. Rejects with all as it was before. */
  reload?(fresh: NovaConf): Promise<void> | void
  report?(): readonly ReportSection[]
}

export interface DaemonContext {
  readonly conf: NovaConf
  readonly log: Logger
  /** The first `--config-file`, or the one that was found. */
  readonly confFile: string | undefined
  /** Where it counts what it does; absent: nowhere. */
  readonly metrics?: ProcessMetrics | undefined
  /** Aborted by the first signal: ends what still waits. */
  readonly signal: AbortSignal
}

export interface Daemon {
  /** `nova-compute` */
  readonly name: string
  /** One sentence, for `--help`. */
  readonly about: string
  /** Processes that do its work, as nova.conf has it; with more than one, the first only launches them. */
  readonly workers?: (conf: NovaConf) => number | null
  readonly start: (context: DaemonContext) => Promise<Running>
}

const defaultFiles = ['/usr/share/nova/nova-dist.conf', '/etc/nova/nova.conf']

const help = ({ name, about }: Daemon): string => `${name}: ${about}

Usage: ${name} [--config-file FILE]... [--config-dir DIR]... [--log-file FILE] [--debug]

  --config-file FILE   nova.conf; may be given several times, the later wins
                       (default: /etc/nova/nova.conf)
  --config-dir DIR     folder of further *.conf
  --log-file FILE      log there instead of stderr
  --log-dir DIR        folder of that file; without one, NAME.log in it
  --debug, -d          log at level DEBUG
  --version            print the version
  --help, -h           print this

SIGTERM and SIGINT end it cleanly, a second one at once; SIGHUP reloads; SIGUSR2 reports.
`

/** Errors that an operator mends: their message is the whole story. */
const plain = [
  ConfError,
  DatabaseConnectionError,
  DatabaseUrlError,
  ListenError,
  OperatorError,
  PolicyFileError,
  ServiceTooOld,
  TransportConfigError,
]

/** What stderr is told when a start fails. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof PasteError) return withExcerpt(error)
  if (plain.some(type => error instanceof type)) return (error as Error).message
  // what a factory refuses it says itself; the loader has added where
  const place: unknown = error instanceof RangeError ? Reflect.get(error, 'paste') : undefined
  if (place instanceof PasteError) return withExcerpt(place)
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

const withExcerpt = ({ message, excerpt }: PasteError): string =>
  excerpt === undefined ? message : `${message}\n\n${excerpt}`

/** Runs one of nova's processes: command line, nova.conf, log, signals; exits 1 with a reason. */
export const runDaemon = async (daemon: Daemon): Promise<void> => {
  try {
    await run(daemon)
  } catch (error) {
    console.error(`${daemon.name}: ${reasonOf(error)}`)
    process.exit(1)
  }
}

const run = async (daemon: Daemon): Promise<void> => {
  const { values } = commandLine(daemon)
  if (values.help) return void process.stdout.write(help(daemon))
  if (values.version) return console.log(version)
  const files = values['config-file'] ?? defaultFiles.filter(file => existsSync(file))
  const read = (): NovaConf =>
    loadConf({
      files,
      dirs: values['config-dir'] ?? [],
      overrides: {
        DEFAULT: {
          ...(values.debug ? { debug: true } : {}),
          ...(values['log-file'] ? { log_file: values['log-file'] } : {}),
          ...(values['log-dir'] ? { log_dir: values['log-dir'] } : {}),
        },
      },
    })
  const conf = read()
  const log = loggerOf(daemon.name, conf)
  for (const warning of conf.warnings) log.warn({}, warning)
  if (conf.unused.length > 0) {
    log.info({}, `nova.conf sets what is not used by Kilonova: ${conf.unused.join(', ')}`)
  }

  const workers = Math.max(1, daemon.workers?.(conf) ?? 1)
  const launches = workers > 1 && isLauncher()
  // The process that launches has nothing to tell.
  const monitoring = launches ? null : monitoringOf(conf, daemon.name, log, workers)
  await monitoring?.endpoint.start()
  const stopping = new AbortController()
  let running: Running | undefined
  let missedReload: NovaConf | undefined
  const limit = conf.DEFAULT.graceful_shutdown_timeout
  handleSignals({
    log,
    limit: limit > 0 ? limit + 5 : Number.POSITIVE_INFINITY,
    stop: async () => {
      stopping.abort()
      monitoring?.endpoint.turn('stopping')
      await running?.stop()
      await monitoring?.endpoint.stop()
    },
    reload: reloading({
      log,
      conf,
      read,
      reload: fresh => {
        // While it starts it may have read some files already, and waits for what is away.
        if (!running) missedReload = fresh
        return running?.reload?.(fresh)
      },
    }),
    report: () => {
      const sections = running?.report?.() ?? [{ title: daemon.name, lines: ['is starting'] }]
      writeReport(daemon.name, conf, sections, log)
    },
  })
  try {
    running = launches
      ? launch(conf, log, workers)
      : await daemon.start({
          conf,
          log,
          confFile: files[0],
          metrics: monitoring?.metrics,
          signal: stopping.signal,
        })
    if (!launches) tellReady()
    if (!stopping.signal.aborted) monitoring?.endpoint.turn('ok')
  } catch (error) {
    // The stop that broke it off ends the process, and with its own status.
    if (!stopping.signal.aborted) throw error
    log.debug({ err: error }, 'the start was broken off')
    return
  }
  if (!missedReload) return
  try {
    await running.reload?.(missedReload)
  } catch (error) {
    log.error({ err: error }, 'Cannot reload; going on as before')
  }
}

/** What `[metrics_endpoint]` wants; null: nothing. */
const monitoringOf = (conf: NovaConf, name: string, log: Logger, ports: number) => {
  const { enabled, listen, port } = conf.metrics_endpoint
  if (!enabled) return null
  const metrics = new ProcessMetrics(name)
  return { metrics, endpoint: new MetricsEndpoint({ name, listen, port, ports, metrics, log }) }
}

const commandLine = ({ name }: Daemon) => {
  try {
    return parseArgs({
      options: {
        'config-file': { type: 'string', multiple: true },
        'config-dir': { type: 'string', multiple: true },
        'log-file': { type: 'string' },
        'log-dir': { type: 'string' },
        debug: { type: 'boolean', short: 'd' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    console.error(`${name}: ${(error as Error).message}; try ${name} --help`)
    process.exit(2)
  }
}
