import { parseArgs } from 'node:util'

export interface AllOptions {
  readonly host: string
  readonly port: number
  readonly stateDir: string
  readonly computeNodes: number
  readonly adminPassword: string | undefined
  /** Only identity, image, network and volume. */
  readonly companionsOnly: boolean
  /** Where the compute API is, when it is not here: for the catalog. */
  readonly computeUrl: string | undefined
  /** An api-paste.ini in place of the one that comes with this program. */
  readonly pasteConfig: string | undefined
  readonly serverTiming: boolean
  readonly spans: boolean
  readonly quiet: boolean
  readonly debug: boolean
}

export const help = `nova-all: a whole cloud in one process

Usage: nova-all [options]           (or: npm start -- [options])

  --port N              port of everything (8774)
  --host ADDRESS        address to listen on, and to put into the catalog (127.0.0.1)
  --state-dir DIR       where the cloud is kept (.kilonova)
  --compute-nodes N     hypervisors, all fake (1)
  --admin-password TXT  of the user admin; generated the first time when absent
  --companions-only     identity, image, network, volume alone, for a compute service elsewhere
  --compute-url URL     where that is, for the catalog (http://HOST:8774/v2.1)
  --paste-config FILE   an api-paste.ini of your own, with a section kilonova (that of this program)
  --server-timing       each answer tells by Server-Timing how long each section of it took
  --spans               OpenTelemetry spans by section; load an SDK: NODE_OPTIONS="--import ./telemetry.mjs"
  --quiet               print nothing but errors
  --debug, -d           log at level DEBUG
  --version             print the version
  --help, -h            print this

Compute is at /, identity at /identity, image at /image, network at /network,
volume at /volume. The log is DIR/kilonova.log.
SIGHUP reads the pipelines anew, and goes on with the old ones if that fails; the log tells.
Ctrl-C ends it; started again on the same folder, the cloud goes on where it was.
`

/** A command line that makes no sense; the message is one sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** @returns what is asked for; `help` or `version` when that is all that is wanted */
export const readOptions = (args: readonly string[]): AllOptions | 'help' | 'version' => {
  const { values } = parse(args)
  if (values.help) return 'help'
  if (values.version) return 'version'
  return {
    host: values.host ?? '127.0.0.1',
    port: wholeNumber('--port', values.port ?? '8774', 0, 65_535),
    stateDir: values['state-dir'] ?? '.kilonova',
    computeNodes: wholeNumber('--compute-nodes', values['compute-nodes'] ?? '1', 1, 1000),
    adminPassword: values['admin-password'],
    companionsOnly: values['companions-only'] ?? false,
    computeUrl: values['compute-url'],
    pasteConfig: values['paste-config'],
    serverTiming: values['server-timing'] ?? false,
    spans: values.spans ?? false,
    quiet: values.quiet ?? false,
    debug: values.debug ?? false,
  }
}

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        host: { type: 'string' },
        port: { type: 'string' },
        'state-dir': { type: 'string' },
        'compute-nodes': { type: 'string' },
        'admin-password': { type: 'string' },
        'companions-only': { type: 'boolean' },
        'compute-url': { type: 'string' },
        'paste-config': { type: 'string' },
        'server-timing': { type: 'boolean' },
        spans: { type: 'boolean' },
        quiet: { type: 'boolean' },
        debug: { type: 'boolean', short: 'd' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; try --help`)
  }
}

const wholeNumber = (name: string, text: string, min: number, max: number): number => {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= min && value <= max) return value
  throw new UsageError(`${name} is '${text}': expected a whole number from ${min} to ${max}`)
}
