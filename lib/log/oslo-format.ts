/** pino's numbers by Python's names. */
const levels: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARNING',
  50: 'ERROR',
  60: 'CRITICAL',
}

/** Fields that have a place of their own in the line. */
const placed = new Set([
  'time',
  'level',
  'pid',
  'name',
  'msg',
  'err',
  'request_id',
  'global_request_id',
  'user_identity',
  'instance_uuid',
])

/**
 * A line of pino's JSON as oslo.log writes it, an error's traceback behind it with the same prefix:
 *
 *     2026-01-31 12:00:00.123 4711 INFO nova.compute.manager [None req-… u p - - d d] [instance: …] Text
 */
export const osloLine = (json: string): string => {
  const record = parse(json)
  if (!record) return json
  const prefix = `${localTime(Number(record.time))} ${record.pid} ${levels[Number(record.level)] ?? record.level} ${record.name}`
  const instance = record.instance_uuid ? `[instance: ${record.instance_uuid}] ` : ''
  const lines = [`${prefix} ${caller(record)} ${instance}${record.msg ?? ''}${extra(record)}`]
  const stack = stackOf(record.err)
  if (stack) {
    const errorPrefix = `${localTime(Number(record.time))} ${record.pid} ERROR ${record.name} ${instance}`
    for (const line of stack.split('\n')) lines.push(`${errorPrefix}${line}`)
  }
  return `${lines.join('\n')}\n`
}

const caller = (record: Record<string, unknown>): string =>
  record.request_id
    ? `[${record.global_request_id ?? 'None'} ${record.request_id} ${record.user_identity ?? '- - - - - -'}]`
    : '[-]'

const extra = (record: Record<string, unknown>): string => {
  const fields = Object.entries(record).filter(([key]) => !placed.has(key))
  if (!fields.length) return ''
  const text = fields.map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return ` (${text.join(', ')})`
}

/** The stack, and those of what caused it. */
const stackOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return error === undefined ? '' : String(error)
  if ('stack' in error && typeof error.stack === 'string') return error.stack
  return JSON.stringify(error)
}

/** `YYYY-MM-DD HH:MM:SS.mmm`, as the machine's clock on the wall has it. */
const localTime = (ms: number): string => {
  const time = new Date(ms)
  const local = new Date(ms - time.getTimezoneOffset() * 60_000)
  return Number.isNaN(local.getTime()) ? '-' : local.toISOString().slice(0, -1).replace('T', ' ')
}

const parse = (json: string): Record<string, unknown> | null => {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
