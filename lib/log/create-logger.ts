import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { jsonFormatter } from './json-format.js'
import { type LogLevel, type LogLevels, levelFor } from './levels.js'
import type { Log } from './log.js'
import { currentLogContext } from './log-context.js'
import { openLogFile } from './log-file.js'
import { MASK, maskText, maskValue, secretKeys } from './mask.js'
import { type OsloFormats, osloFormats, osloFormatter } from './oslo-format.js'

export type { Logger } from 'pino'

export interface LogConfig {
  /** Of the program: `nova-compute`; its parts have names of their own, see {@link partOf}. */
  readonly name: string
  /** `info` when absent; `debug` for `[DEFAULT] debug`. */
  readonly level?: LogLevel | undefined
  /** `[DEFAULT] default_log_levels`: by part. */
  readonly levels?: ReadonlyMap<string, LogLevel> | undefined
  /** `json` for `[DEFAULT] use_json`; `oslo` when absent. */
  readonly format?: 'oslo' | 'json' | undefined
  /** How oslo's lines look; as oslo.log has them when absent. */
  readonly formats?: OsloFormats | undefined
  /** `[DEFAULT] log_file`, appended to; one that was moved away is made anew. */
  readonly file?: string | undefined
  /** `[DEFAULT] use_stderr`: to stderr beside the file. */
  readonly stderrToo?: boolean | undefined
  /** Where lines go when there is no file; stderr when absent, as oslo.log does. */
  readonly destination?: { write(line: string): unknown } | undefined
}

/** A logger's root, which has no name, and those of the parts; as many as the program has rooms. */
interface Family {
  readonly root: Logger
  readonly parts: Map<string, Logger>
  levels: LogLevels
}

const families = new WeakMap<object, Family>()

/**
 * A pino logger that writes oslo.log's lines, or oslo.log's JSON. Secrets in what is logged are masked;
 * `child({ request_id, instance_uuid })` and `withLogContext` fill the brackets.
 *
 * @throws when the file cannot be opened, naming it
 */
export const createLogger = (config: LogConfig): Logger => {
  const { name, level = 'info', format = 'oslo', formats = osloFormats } = config
  const out = output(config)
  const render = format === 'json' ? jsonFormatter(formats.log_date_format) : osloFormatter(formats)
  const stream: DestinationStream = { write: line => void out(render(line)) }
  const family: Family = {
    root: pino(options, stream),
    parts: new Map(),
    levels: { level, parts: config.levels },
  }
  return partIn(family, name)
}

/**
 * The log of a part of the program, under its own name (`nova.compute.manager`) and with the level that
 * `default_log_levels` gives it. A log that was not made by {@link createLogger} is its own.
 */
export const partOf = <L extends Log>(log: L, name: string): L | Logger => {
  const family = families.get(log)
  return family ? partIn(family, name) : log
}

/** Changes how much is told, from now on: by this logger and all parts of it. */
export const setLevels = (log: Logger, levels: LogLevels): void => {
  const family = families.get(log)
  if (!family) return
  family.levels = levels
  for (const [name, part] of family.parts) part.level = levelFor(name, levels)
}

const partIn = (family: Family, name: string): Logger => {
  const known = family.parts.get(name)
  if (known) return known
  const part = family.root.child({ name }, { level: levelFor(name, family.levels) })
  family.parts.set(name, part)
  families.set(part, family)
  return part
}

const maskFields = (fields: object): Record<string, unknown> => {
  const { err, ...rest } = fields as Record<string, unknown>
  const masked = maskValue(rest) as Record<string, unknown>
  return err === undefined ? masked : { ...masked, err }
}

/** An error with its causes, as far as they go (10 at most: a cause may be its own). */
const errorFields = (error: unknown): unknown => {
  if (!(error instanceof Error)) return maskValue(error)
  const stacks: string[] = []
  let current: unknown = error
  for (let depth = 0; depth < 10 && current instanceof Error; depth++) {
    stacks.push(current.stack ?? `${current.name}: ${current.message}`)
    current = current.cause
  }
  return {
    type: error.constructor.name,
    message: maskText(error.message),
    stack: maskText(stacks.join('\nCaused by: ')),
  }
}

const options: LoggerOptions = {
  base: { pid: process.pid },
  mixin: () => ({ ...currentLogContext() }),
  formatters: {
    log: fields => maskFields(fields),
  },
  // A child's own fields pass no formatter, only these.
  serializers: {
    ...Object.fromEntries(secretKeys.map(key => [key, () => MASK])),
    err: errorFields,
  },
  hooks: {
    logMethod(args, method) {
      const masked = args.map(arg => (typeof arg === 'string' ? maskText(arg) : arg))
      Reflect.apply(method, this, masked)
    },
  },
}

/** Whole lines to a file, to a stream, or to both. */
const output = ({ file, stderrToo, destination }: LogConfig): ((line: string) => void) => {
  const stream = destination ?? process.stderr
  if (!file) return line => void stream.write(line)
  const write = openLogFile(file)
  if (!stderrToo) return write
  return line => {
    write(line)
    stream.write(line)
  }
}
