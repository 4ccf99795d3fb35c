import cluster from 'node:cluster'
import type { Server as HttpServer } from 'node:http'
import { resolve } from 'node:path'
import {
  type App,
  combineTracers,
  type LoadOptions,
  ReloadableApp,
  stepTracer,
  type Tracer,
} from '../../paste/index.js'
import { type ListenOptions, listen } from '../../paste/stock/http-server.js'
import { ProcessLauncher } from '../../service/process-launcher.js'
import { explain } from './explain.js'
import type { LogFile } from './log-file.js'
import { watchFiles } from './watch.js'

export interface Serving {
  readonly uri: string
  readonly load: LoadOptions
  /** The file's own server; null: `listen` says where. */
  readonly server: () => Promise<((app: App) => unknown) | null>
  readonly listen: ListenOptions
  /** Present: changed files are loaded; by looking each `interval` seconds, where that is given. */
  readonly watch: { readonly interval: number | undefined } | undefined
  readonly serverTiming: boolean
  readonly spans: boolean
  readonly verbose: boolean
  readonly say: (text: string) => void
  readonly log: LogFile | undefined
}

/** Seconds for requests under way at a stop. */
const STOP_SECONDS = 10

/** Which of several processes says something. */
const who = cluster.isWorker ? `[${process.pid}] ` : ''

const complain = (text: string): void => console.error(`${who}${text}`)

/** Serves until a signal ends it. @throws as loading and listening do */
export const serveApp = async (serving: Serving): Promise<void> => {
  const { uri, load, say, log } = serving
  const reloadable = new ReloadableApp(uri, {
    ...load,
    tracer: await tracerOf(serving),
    failed: error => complain(explain(error, serving.verbose)),
  })
  const reload = async (): Promise<void> => {
    try {
      await reloadable.reload()
      say(`${who}reloaded`)
    } catch (error) {
      complain(`not reloaded, the old one goes on: ${explain(error, serving.verbose)}`)
    }
  }
  const server = await firstLoad(reloadable, serving)
  const running = await (server ? server(reloadable.app) : listen(reloadable.app, serving.listen))
  const watching =
    serving.watch &&
    watchFiles({
      files: () => reloadable.files,
      interval: serving.watch.interval,
      warn: complain,
      changed: () => void reload().then(() => watching?.follow()),
    })
  process.on('SIGHUP', () => {
    reopen(log)
    void reload()
  })
  // the primary of the workers, or the command that began a daemon
  process.send?.('ready')
  if (!isHttpServer(running)) return
  say(`${who}serving ${resolve(uri.replace(/^config:|#.*/gs, ''))} on ${addressOf(running)}`)
  let isStopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) {
      // a terminal signals the workers as well, and then their primary does
      if (cluster.isPrimary) process.exit(signal === 'SIGINT' ? 130 : 143)
      return
    }
    isStopping = true
    watching?.close()
    running.close(() => void reloadable.close().then(() => process.exit()))
    running.closeIdleConnections()
    setTimeout(() => running.closeAllConnections(), STOP_SECONDS * 1000).unref()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
}

/** While its files are watched, what cannot be loaded is waited for. */
const firstLoad = async (reloadable: ReloadableApp, serving: Serving) => {
  for (;;) {
    try {
      const server = await serving.server()
      await reloadable.reload()
      return server
    } catch (error) {
      if (!serving.watch) {
        await reloadable.close()
        throw error
      }
      complain(`${explain(error, serving.verbose)}\nwaiting for a change`)
      await changeOf(reloadable, serving)
    }
  }
}

const changeOf = async (reloadable: ReloadableApp, { uri, watch }: Serving): Promise<void> => {
  const file = resolve(uri.replace(/^config:|#.*/gs, ''))
  const changed = Promise.withResolvers<void>()
  const watching = watchFiles({
    files: () => [...reloadable.files, file],
    interval: watch?.interval,
    warn: complain,
    changed: changed.resolve,
  })
  await changed.promise
  watching.close()
}

const tracerOf = async ({ serverTiming, spans }: Serving): Promise<Tracer | undefined> => {
  const timing = serverTiming ? stepTracer({ serverTiming }) : undefined
  if (!spans) return timing
  const { spanTracer } = await import('../../paste/spans.js')
  return combineTracers(spanTracer(), timing)
}

const reopen = (log: LogFile | undefined): void => {
  try {
    log?.reopen()
  } catch (error) {
    complain(`the log goes on where it was: ${explain(error)}`)
  }
}

const isHttpServer = (value: unknown): value is HttpServer =>
  typeof value === 'object' && value !== null && 'closeIdleConnections' in value

const addressOf = (server: HttpServer): string => {
  const at = server.address()
  if (typeof at !== 'object' || at === null) return String(at)
  return `http://${at.address.includes(':') ? `[${at.address}]` : at.address}:${at.port}`
}

/** Keeps so many processes of this command line running. @returns the status to end with */
export const launchWorkers = (
  workers: number,
  { say, log }: Pick<Serving, 'say' | 'log'>,
): Promise<number> => {
  const tell = (fields: object, text: string): void => {
    const worker: unknown = Reflect.get(fields, 'worker')
    console.error(worker === undefined ? text : `[${worker}] ${text}`)
  }
  const launcher = new ProcessLauncher({
    workers,
    gracefulShutdownTimeout: STOP_SECONDS + 5,
    log: { debug: () => {}, info: () => {}, warn: tell, error: tell },
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void launcher.stop())
  }
  process.on('SIGHUP', () => {
    reopen(log)
    launcher.signal('SIGHUP')
  })
  cluster.once('listening', () => process.send?.('ready'))
  say(`${workers} workers; SIGHUP to this process ${process.pid} reloads them all`)
  return launcher.run()
}
