import { maskPassword } from './mask.js'

/** A URL that names no database that can be opened. The text is for an operator. */
export class DatabaseUrlError extends Error {
  override readonly name = 'DatabaseUrlError'

  constructor(url: string, problem: string) {
    super(`'${maskPassword(url)}' ${problem}`)
  }
}

/** The database cannot be reached, or gave no connection in time. One sentence, password masked. */
export class DatabaseConnectionError extends Error {
  override readonly name = 'DatabaseConnectionError'

  constructor(url: string, problem: string, options?: ErrorOptions) {
    super(`Cannot use the database ${maskPassword(url)}: ${problem}`, options)
  }
}

/**
 * The connection broke while a transaction was committed: it may be done or not, and must not be
 * done again unseen.
 */
export class CommitOutcomeUnknown extends DatabaseConnectionError {}

/** No connection was to be had, and it was tried for as long as it may be: not to be tried again. */
export class DatabaseUnavailable extends DatabaseConnectionError {}

const field = (error: unknown, name: string): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined

/** What the engine said, without its stack. */
export const messageOf = (error: unknown): string => {
  const message = field(error, 'message')
  if (typeof message === 'string' && message !== '') return message
  // Node gives an AggregateError without a text when every address of a name refuses.
  const code = field(error, 'code')
  return typeof code === 'string' ? code : String(error)
}

/** The whole transaction may be tried again: a deadlock, a lock not had in time, a lost snapshot. */
export const isDeadlock = (error: unknown): boolean => {
  const errno = field(error, 'errno')
  return errno === 1213 || errno === 1205 || errno === 1020
}

/** A text has characters that its column cannot hold (MySQL). */
export const isUnstorableText = (error: unknown): boolean =>
  field(error, 'errno') === 1366 && messageOf(error).startsWith('Incorrect string value')

const SQLITE_CONSTRAINT_FOREIGNKEY = 787

/** Rows elsewhere still refer to those that should go, or a new one refers to nothing. */
export const isReferenceError = (error: unknown): boolean =>
  [1451, 1452].includes(Number(field(error, 'errno'))) ||
  field(error, 'errcode') === SQLITE_CONSTRAINT_FOREIGNKEY

const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6

/** Another process writes to the same file just now (SQLite). */
export const isBusy = (error: unknown): boolean => {
  const code = field(error, 'errcode')
  // The low byte is the primary code; the rest refines it.
  return typeof code === 'number' && [SQLITE_BUSY, SQLITE_LOCKED].includes(code & 0xff)
}

/** No connection could be made, or it broke. */
export const isConnectionLost = (error: unknown): boolean =>
  error instanceof DatabaseConnectionError ||
  CONNECTION_CODES.has(String(field(error, 'code'))) ||
  isClosedState(error)

/** mysql2 has no code for a connection that is found closed. */
const isClosedState = (error: unknown): boolean =>
  field(error, 'fatal') === true && /in closed state/.test(messageOf(error))

/**
 * A server that restarts, has no connection left for us just now, or was cut off: another try may
 * find it. Not one that took too long for an answer, nor one that does not know us.
 */
export const isPassing = (error: unknown): boolean => {
  if (error instanceof CommitOutcomeUnknown || error instanceof DatabaseUnavailable) return false
  const cause = error instanceof DatabaseConnectionError ? error.cause : error
  return PASSING_CODES.has(String(field(cause, 'code'))) || isClosedState(cause)
}

/** The server is there, and full: of all its clients, or of those of this user. */
export const isFull = (error: unknown): boolean => {
  const cause = error instanceof DatabaseConnectionError ? error.cause : error
  return FULL_CODES.has(String(field(cause, 'code')))
}

/** The server is there, and knows neither us nor what we ask for: waiting does not mend that. */
export const isRefusal = (error: unknown): boolean => {
  const cause = error instanceof DatabaseConnectionError ? error.cause : error
  // The pool tells of its last try.
  if (cause instanceof DatabaseConnectionError) return isRefusal(cause)
  return REFUSAL_CODES.has(String(field(cause, 'code')))
}

const REFUSAL_CODES: ReadonlySet<string> = new Set([
  'ER_ACCESS_DENIED_ERROR',
  'ER_ACCESS_DENIED_NO_PASSWORD_ERROR',
  'ER_BAD_DB_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
])

const FULL_CODES: ReadonlySet<string> = new Set([
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_USER_LIMIT_REACHED',
])

const PASSING_CODES: ReadonlySet<string> = new Set([
  ...FULL_CODES,
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'EAI_AGAIN',
  'EPIPE',
  'PROTOCOL_CONNECTION_LOST',
  'ER_SERVER_SHUTDOWN',
])

const CONNECTION_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ER_ACCESS_DENIED_ERROR',
  'ER_ACCESS_DENIED_NO_PASSWORD_ERROR',
  'ER_BAD_DB_ERROR',
  'ER_CON_COUNT_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
  'ER_SERVER_SHUTDOWN',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_USER_LIMIT_REACHED',
])

/** A row that a unique key refuses; `columns` as far as the engine tells, by nova's key names. */
export interface DuplicateEntry {
  readonly columns: readonly string[]
}

/** @returns null when the error is another one */
export const duplicateEntry = (error: unknown): DuplicateEntry | null => {
  if (field(error, 'errno') === 1062) {
    const key = /for key '(?:[^'.]*\.)?([^']*)'/.exec(messageOf(error))?.[1] ?? ''
    // uniq_flavors0name -> name, uniq_aggregate_hosts0host0aggregate_id -> host, aggregate_id
    const [, ...columns] = key.split('0')
    return { columns: columns.length ? columns : [key] }
  }
  const code = field(error, 'errcode')
  if (code === 2067 || code === 1555) {
    const list = /constraint failed: (.*)$/.exec(messageOf(error))?.[1] ?? ''
    return { columns: list.split(', ').map(name => name.replace(/^.*\./, '')) }
  }
  return null
}
