import cluster from 'node:cluster'
import {
  createWriteStream,
  type FSWatcher,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import type { Server as HttpServer } from 'node:http'
import { basename, dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { type App, type LoadOptions, loadserver, PasteError } from '../../paste/index.js'
import { ReloadableApp } from '../../paste/reload.js'
import { stepTracer } from '../../paste/steps.js'
import { listen } from '../../paste/stock/http-server.js'
import { ProcessLauncher } from '../../service/index.js'
import { globals, optionsOf, port, uriOf } from './arguments.js'
import { explain } from './explain.js'

interface Options {
  readonly appName?: string
  readonly serverName?: string
  readonly host?: string
  readonly port?: number
  readonly strict?: boolean
  readonly reload?: boolean
  readonly workers?: number
  readonly pidFile?: string
  readonly logFile?: string
  readonly serverTiming?: boolean
}

const workers = (text: string): number => {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a number from 1 to 999.')
}

export const addServe = (program: Command): void => {
  program
    .command('serve')
    .description('serve an application of a file')
    .argument('<file>', 'FILE, FILE#name, or a URI such as config:/etc/app.ini#main')
    .argument('[var=value...]', 'globals, for %(var)s and for the factories', globals)
    .option('-n, --app-name <name>', 'the section of the application (main)')
    .option('--server-name <name>', 'the section of the server (main, if the file has it)')
    .option('--host <address>', 'listen here, whatever the file says')
    .option('--port <number>', 'and on this port; 0 for any that is free', port)
    .option('--strict', 'refuse a file that gives a warning')
    .option('--reload', 'load anew when a file of it changes (SIGHUP does that always)')
    .option('--workers <number>', 'so many processes on the one port', workers)
    .option('--pid-file <file>', 'write the process id there, and remove it at the end')
    .option('--log-file <file>', 'append what is printed to this file')
    .option('--server-timing', 'each answer tells the time of each section in Server-Timing')
    .addHelpText(
      'after',
      `
A file that changed is built whole beside the one that serves. If that fails, the old one stays and the
error is shown; else new requests go to the new one, and the old ones end where they began.

Examples:
  paster serve app.ini
  paster serve app.ini#api --port 8774
  paster serve app.ini site=north
  paster serve app.ini --reload --server-timing`,
    )
    .action(serve)
}

async function serve(file: string, given: Record<string, string>, options: Options): Promise<void> {
  if (options.logFile) divert(options.logFile)
  if (options.pidFile && cluster.isPrimary) writePid(options.pidFile)
  if (options.workers !== undefined && options.workers > 1 && cluster.isPrimary) {
    const launcher = new ProcessLauncher({ workers: options.workers })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => void launcher.stop())
    }
    process.on('SIGHUP', () => launcher.signal('SIGHUP'))
    process.exitCode = await launcher.run()
    return
  }
  const uri = uriOf(file)
  const load: LoadOptions = {
    ...optionsOf(options.appName, given),
    strict: options.strict,
    tracer: options.serverTiming ? stepTracer({ serverTiming: true }) : undefined,
  }
  const byHand = options.host !== undefined || options.port !== undefined
  const server = byHand ? null : await serverOf(uri, options.serverName, load)
  const reloadable = await ReloadableApp.load(uri, { ...load, failed: console.error })
  const running = await start(reloadable.app, server, options)
  const stopWatching = options.reload ? watchFiles(reloadable) : () => {}
  process.on('SIGHUP', () => void reloadAndTell(reloadable))
  if (!isHttpServer(running)) return
  const address = running.address()
  if (typeof address === 'object' && address) {
    const shown = address.address.includes(':') ? `[${address.address}]` : address.address
    console.log(`serving ${resolve(file.replace(/#.*/s, ''))} on http://${shown}:${address.port}`)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopWatching()
      running.close(() => void reloadable.close().then(() => process.exit()))
      running.closeIdleConnections()
      // what is being answered gets a little time
      setTimeout(() => running.closeAllConnections(), 2000).unref()
    })
  }
}

const start = (
  app: App,
  server: Awaited<ReturnType<typeof serverOf>>,
  { host = '127.0.0.1', port = 8080 }: Options,
): unknown => (server ? server(app) : listen(app, { host, port }))

/** The file's server; null where it has none and none is asked for. */
const serverOf = async (uri: string, name: string | undefined, options: LoadOptions) => {
  const file = uri.replace(/#.*/s, '')
  try {
    return await loadserver(file, { ...options, name })
  } catch (error) {
    const absent = error instanceof PasteError && error.kind === 'no-section' && name === undefined
    if (absent) return null
    throw error
  }
}

const isHttpServer = (value: unknown): value is HttpServer =>
  typeof value === 'object' && value !== null && 'closeIdleConnections' in value

const reloadAndTell = async (reloadable: ReloadableApp): Promise<void> => {
  try {
    await reloadable.reload()
    console.log('reloaded')
  } catch (error) {
    console.error(`not reloaded, the old one goes on: ${explain(error)}`)
  }
}

/** Editors write in several strokes, and some by renaming: folders are watched, and a moment waited for. */
const watchFiles = (reloadable: ReloadableApp): (() => void) => {
  const watchers = new Map<string, FSWatcher>()
  let timer: NodeJS.Timeout | undefined
  const changed = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => void reloadAndTell(reloadable).then(follow), 100)
  }
  const follow = (): void => {
    for (const folder of new Set([...reloadable.files].map(file => dirname(file)))) {
      if (watchers.has(folder)) continue
      const watcher = watch(folder, (_event, name) => {
        const ours = [...reloadable.files].some(
          file => dirname(file) === folder && (name === null || basename(file) === name),
        )
        if (ours) changed()
      })
      watcher.on('error', error =>
        console.error(`${folder} is watched no longer: ${error.message}`),
      )
      watchers.set(folder, watcher)
    }
  }
  follow()
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers.values()) watcher.close()
  }
}

/** @throws Error where the process of the file lives */
const writePid = (file: string): void => {
  const old = Number(readIfThere(file))
  if (old > 0 && old !== process.pid && isAlive(old)) {
    throw Object.assign(new Error(`${file}: the process ${old} runs already`), { code: 'EEXIST' })
  }
  writeFileSync(file, `${process.pid}\n`)
  process.on('exit', () => {
    if (Number(readIfThere(file)) === process.pid) rmSync(file, { force: true })
  })
}

const readIfThere = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const divert = (file: string): void => {
  const stream = createWriteStream(file, { flags: 'a' })
  stream.once('error', error => {
    process.exitCode = 1
    process.stderr.destroy(error)
  })
  const write = stream.write.bind(stream)
  process.stdout.write = write
  process.stderr.write = write
}
