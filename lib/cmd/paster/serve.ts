import cluster from 'node:cluster'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type App, type LoadOptions, loadserver, PasteError } from '../../paste/index.js'
import { globals, optionsOf, port, uriOf } from './arguments.js'
import { startDaemon } from './daemonize.js'
import { LogFile } from './log-file.js'
import { withManual } from './manual.js'
import { PidFile } from './pid-file.js'
import { launchWorkers, type Serving, serveApp } from './serving.js'

interface Options {
  readonly appName?: string
  readonly serverName?: string
  readonly host?: string
  readonly port?: number
  readonly strict?: boolean
  readonly reload?: boolean
  readonly reloadInterval?: number
  readonly workers?: number
  readonly daemon?: boolean
  readonly stopDaemon?: boolean
  readonly status?: boolean
  readonly pidFile?: string
  readonly logFile?: string
  readonly serverTiming?: boolean
  readonly spans?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
}

const words = ['start', 'stop', 'restart', 'status'] as const
type Word = (typeof words)[number]

/** What is done, and the globals. */
interface Asked {
  readonly word?: Word
  readonly globals: Record<string, string>
}

const isWord = (text: string): text is Word => (words as readonly string[]).includes(text)

const asked = (text: string, before: Asked = { globals: {} }): Asked =>
  isWord(text) && before.word === undefined && !Object.keys(before.globals).length
    ? { word: text, globals: {} }
    : { ...before, globals: globals(text, before.globals) }

const workers = (text: string): number => {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a number from 1 to 999.')
}

const seconds = (text: string): number => {
  const value = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && value >= 0.1 && value <= 3600) return value
  throw new InvalidArgumentError('It must be seconds from 0.1 to 3600.')
}

export const addServe = (program: Command): void => {
  const command = program
    .command('serve')
    .description('serve an application of a file')
    .usage('[options] FILE [start|stop|restart|status] [var=value...]')
    .argument('<file>', 'FILE, FILE#name, or a URI such as config:/etc/app.ini#main')
    .argument(
      '[var=value...]',
      'globals, for %(var)s and for the factories; ahead of them start (as --daemon), stop, restart or status',
      asked,
    )
    .option('-n, --app-name <name>', 'the section of the application (main)')
    .option('--server-name <name>', 'the section of the server (main, if the file has it)')
    .option('--host <address>', 'listen here, whatever the file says')
    .option('--port <number>', 'and on this port; 0 for any that is free', port)
    .option('--strict', 'refuse a file that gives a warning')
    .option('--reload', 'load anew when a file of it changes (SIGHUP does that always)')
    .option(
      '--reload-interval <seconds>',
      'look at the files so often, where the system does not tell of changes',
      seconds,
    )
    .option(
      '--workers <number>',
      'so many processes on the one port; one that dies is replaced',
      workers,
    )
    .option('--daemon', 'go on in the background once it serves')
    .option(
      '--pid-file <file>',
      'tell the process id there; removed at the end (paster.pid of a daemon)',
    )
    .option('--log-file <file>', 'append what is printed to this file (paster.log of a daemon)')
    .addOption(new Option('--stop-daemon', 'the same as the word stop'))
    .addOption(new Option('--status', 'the same as the word status'))
    .option('--server-timing', 'each answer tells the time of each section in Server-Timing')
    .option('--spans', 'OpenTelemetry spans by section, for the SDK that you load')
    .option('-q, --quiet', 'print nothing but errors')
    .option('-v, --verbose', 'print the stack of an error, too')
    .action(serve)
  withManual(command, {
    about: [
      'Serves by the [server:main] of the file, or where it has none on 127.0.0.1:8080. --host and --port are served on whatever the file says.',
      'A file that changed, ini or module, is built whole beside the one that serves. If that fails, the old one stays and the error is shown; else new requests go to the new one, and the old ones end where they began. With --reload a file that cannot be loaded at the start is waited for. The server section counts from the start only.',
      'SIGTERM and SIGINT let requests under way end, for 10 seconds at most; a second one ends it at once. SIGHUP loads anew and opens the log file again.',
    ],
    exits: {
      0: 'it was stopped; status: it runs; stop: it ended',
      1: 'it could not serve; status: it does not run; stop: there was nothing to stop',
      2: 'the command line makes no sense; stop: the pid file could not be removed',
      3: 'stop: it would not end',
    },
    examples: [
      ['Serve the application main', 'paster serve app.ini'],
      ['Another of the file, on a port of its own', 'paster serve app.ini#api --port 8774'],
      ['With a value for %(site)s', 'paster serve app.ini site=north'],
      ['While you edit it', 'paster serve app.ini --reload --server-timing'],
      ['On all of four cores', 'paster serve app.ini --workers 4'],
      [
        'In the background, and later no more',
        'paster serve app.ini start --pid-file app.pid --log-file app.log; paster serve app.ini stop --pid-file app.pid',
      ],
      ['With spans', 'NODE_OPTIONS="--import ./telemetry.mjs" paster serve app.ini --spans'],
    ],
  })
}

async function serve(
  file: string,
  given: Asked = { globals: {} },
  options: Options,
  command: Command,
) {
  const say = (text: string): void => {
    if (!options.quiet) console.log(text)
  }
  const word = options.stopDaemon ? 'stop' : options.status ? 'status' : given.word
  const daemon = options.daemon || word === 'start' || word === 'restart'
  if (daemon && options.reload) {
    command.error('error: a daemon does not watch its files; send it SIGHUP instead of --reload')
  }
  const pidFile = new PidFile(options.pidFile ?? 'paster.pid')
  if (word === 'status') {
    const pid = pidFile.running()
    say(pid === null ? `${pidFile.path}: nothing runs` : `${pidFile.path}: the process ${pid} runs`)
    process.exitCode = pid === null ? 1 : 0
    return
  }
  if (word === 'stop' || word === 'restart') {
    const status = await pidFile.stop(say)
    process.exitCode = status
    if (word === 'stop' || status > 1) return
    process.exitCode = 0
  }
  if (daemon) {
    process.exitCode = await startDaemon({
      pidFile,
      logFile: options.logFile ?? 'paster.log',
      say,
    })
    return
  }
  // both are tried ahead of all else
  const log = options.logFile === undefined ? undefined : new LogFile(options.logFile)
  if (options.pidFile !== undefined && cluster.isPrimary) pidFile.take()
  if (options.workers !== undefined && cluster.isPrimary) {
    process.exitCode = await launchWorkers(options.workers, { say, log })
    return
  }
  await serveApp(await servingOf(file, given.globals, options, say, log))
}

const servingOf = async (
  file: string,
  given: Record<string, string>,
  options: Options,
  say: (text: string) => void,
  log: LogFile | undefined,
): Promise<Serving> => {
  const { serverTiming, spans, reload, reloadInterval, verbose, host, port } = options
  const uri = uriOf(file)
  const load: LoadOptions = {
    ...optionsOf(options.appName, given),
    ...(options.quiet ? { warn: () => {} } : {}),
    strict: options.strict,
  }
  const byHand = host !== undefined || port !== undefined
  return {
    uri,
    load,
    server: byHand ? async () => null : () => serverOf(uri, options.serverName, load),
    listen: { host: host ?? '127.0.0.1', port: port ?? 8080 },
    watch: reload || reloadInterval !== undefined ? { interval: reloadInterval } : undefined,
    serverTiming: serverTiming ?? false,
    spans: spans ?? false,
    verbose: verbose ?? false,
    say,
    log,
  }
}

/** The file's server; null where it has none and none is asked for. */
const serverOf = async (
  uri: string,
  name: string | undefined,
  options: LoadOptions,
): Promise<((app: App) => unknown) | null> => {
  const file = uri.replace(/#.*/s, '')
  try {
    return await loadserver(file, { ...options, name })
  } catch (error) {
    const absent = error instanceof PasteError && error.kind === 'no-section' && name === undefined
    if (absent) return null
    throw error
  }
}
