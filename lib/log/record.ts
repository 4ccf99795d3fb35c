/** A line of pino's, read. */
export type LogRecord = Readonly<Record<string, unknown>>

/** Python's name and number for each of pino's levels. */
const levels: Readonly<Record<number, { readonly name: string; readonly number: number }>> = {
  10: { name: 'TRACE', number: 5 },
  20: { name: 'DEBUG', number: 10 },
  30: { name: 'INFO', number: 20 },
  40: { name: 'WARNING', number: 30 },
  50: { name: 'ERROR', number: 40 },
  60: { name: 'CRITICAL', number: 50 },
}

export const levelOf = ({ level }: LogRecord): { readonly name: string; readonly number: number } =>
  levels[Number(level)] ?? { name: String(level), number: 0 }

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

/** What a call gave beside these. */
export const extraOf = (record: LogRecord): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !placed.has(key)))

/** The stack, and those of what caused it; empty without an error. */
export const stackOf = ({ err }: LogRecord): string => {
  if (typeof err !== 'object' || err === null) return err === undefined ? '' : String(err)
  if ('stack' in err && typeof err.stack === 'string') return err.stack
  return JSON.stringify(err)
}

const identityNames = ['user', 'project', 'domain', 'system_scope', 'user_domain', 'project_domain']

/** Who asked, part by part. */
export const identityOf = ({
  user_identity: identity,
}: LogRecord): Record<string, string | null> => {
  const parts = typeof identity === 'string' ? identity.split(' ') : []
  return Object.fromEntries(
    identityNames.map((name, at) => [name, parts[at] === '-' ? null : (parts[at] ?? null)]),
  )
}

export const readRecord = (json: string): LogRecord | null => {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
