import { compileDate, compileFormat, type FormatValues } from './format-string.js'
import { extraOf, identityOf, type LogRecord, levelOf, readRecord, stackOf } from './record.js'

/** How lines look: the options of oslo.log that say so, by their names. */
export interface OsloFormats {
  readonly log_date_format: string
  readonly logging_context_format_string: string
  readonly logging_default_format_string: string
  readonly logging_exception_prefix: string
  readonly logging_user_identity_format: string
  readonly instance_uuid_format: string
}

const head = '%(asctime)s.%(msecs)03d %(process)d'

/** oslo.log's own. */
export const osloFormats: OsloFormats = {
  log_date_format: '%Y-%m-%d %H:%M:%S',
  logging_context_format_string: `${head} %(levelname)s %(name)s [%(global_request_id)s %(request_id)s %(user_identity)s] %(instance)s%(message)s`,
  logging_default_format_string: `${head} %(levelname)s %(name)s [-] %(instance)s%(message)s`,
  logging_exception_prefix: `${head} ERROR %(name)s %(instance)s`,
  logging_user_identity_format:
    '%(user)s %(project)s %(domain)s %(system_scope)s %(user_domain)s %(project_domain)s',
  instance_uuid_format: '[instance: %(uuid)s] ',
}

/**
 * Makes of pino's JSON what oslo.log writes, an error's traceback behind it with its own prefix:
 *
 *     2026-01-31 12:00:00.123 4711 INFO nova.compute.manager [None req-… u p - - d d] [instance: …] Text
 *
 * @returns for a line of JSON the lines of text
 */
export const osloFormatter = (formats: OsloFormats = osloFormats): ((json: string) => string) => {
  const date = compileDate(formats.log_date_format)
  const withContext = compileFormat(formats.logging_context_format_string)
  const withoutContext = compileFormat(formats.logging_default_format_string)
  const exceptionPrefix = compileFormat(formats.logging_exception_prefix)
  const identity = compileFormat(formats.logging_user_identity_format)
  const instance = compileFormat(formats.instance_uuid_format)

  const valuesOf = (record: LogRecord): FormatValues => {
    const time = new Date(Number(record.time))
    const { name: levelname, number: levelno } = levelOf(record)
    const uuid = record.instance_uuid
    const who = identityOf(record)
    return {
      ...who,
      asctime: Number.isNaN(time.getTime()) ? '-' : date(time),
      msecs: time.getMilliseconds(),
      created: time.getTime() / 1000,
      process: Number(record.pid),
      levelname,
      levelno,
      name: String(record.name),
      global_request_id: textOf(record.global_request_id) ?? 'None',
      request_id: textOf(record.request_id),
      user_identity: identity(who),
      project_name: null,
      instance: uuid ? instance({ uuid: String(uuid) }) : '',
      resource: '',
      color: '',
      error_summary: '',
      message: `${record.msg ?? ''}${extra(record)}`,
    }
  }
  return json => {
    const record = readRecord(json)
    if (!record) return json
    const values = valuesOf(record)
    const line = (record.request_id ? withContext : withoutContext)(values)
    const stack = stackOf(record)
    if (!stack) return `${line}\n`
    const prefix = exceptionPrefix(values)
    return `${[line, ...stack.split('\n').map(text => prefix + text)].join('\n')}\n`
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const extra = (record: LogRecord): string => {
  const fields = Object.entries(extraOf(record))
  if (!fields.length) return ''
  const text = fields.map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return ` (${text.join(', ')})`
}
