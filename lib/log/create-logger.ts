import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { currentLogContext } from './log-context.js'
import { openLogFile } from './log-file.js'
import { MASK, maskText, maskValue, secretKeys } from './mask.js'
import { osloLine } from './oslo-format.js'

export type { Logger } from 'pino'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

export interface LogConfig {
  /** Of the program or room: `nova-compute`, `nova.compute.manager`. */
  readonly name: string
  /** `info` when absent; `debug` for `[DEFAULT] debug`. */
  readonly level?: LogLevel | undefined
  /** `json` for `[DEFAULT] use_json`; `oslo` when absent. */
  readonly format?: 'oslo' | 'json' | undefined
  /** `[DEFAULT] log_file`; opened once, appended to. */
  readonly file?: string | undefined
  /** Where lines go when there is no file; stderr when absent, as oslo.log does. */
  readonly destination?: { write(line: string): unknown } | undefined
}

/**
 * A pino logger that writes oslo.log's lines, or JSON with the same fields. Secrets in what is
 * logged are masked; `child({ request_id, instance_uuid })` and `withLogContext` fill the brackets.
 *
 * @throws when the file cannot be opened, naming it
 */
export const createLogger = (config: LogConfig): Logger => {
  const { name, level = 'info', format = 'oslo' } = config
  const out = output(config)
  const stream: DestinationStream =
    format === 'json'
      ? { write: line => void out(line) }
      : { write: line => void out(osloLine(line)) }
  return pino(optionsFor(name, level), stream)
}

const optionsFor = (name: string, level: LogLevel): LoggerOptions => ({
  name,
  level,
  // The host is the file's, not the line's: oslo.log does not tell it either.
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
})

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

/** Whole lines to a file, or to a stream. */
const output = ({ file, destination }: LogConfig): ((line: string) => void) => {
  if (file) return openLogFile(file)
  const stream = destination ?? process.stderr
  return line => void stream.write(line)
}
