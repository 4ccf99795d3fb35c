import { MessageDeliveryFailure, MessagingTimeout, RemoteError } from '../rpc/index.js'

/** Failures of a conductor that its database was away for, ours and Python's, as they cross the wire. */
const databaseOutages: ReadonlySet<string> = new Set([
  'CommitOutcomeUnknown',
  'DatabaseConnectionError',
  'DatabaseUnavailable',
  'DBConnectionError',
])

/**
 * Whether something failed because broker, conductor or database were away: nothing is wrong with what
 * was asked for, and it may have been done.
 */
export const isOutage = (error: unknown): boolean =>
  error instanceof MessagingTimeout ||
  error instanceof MessageDeliveryFailure ||
  (error instanceof RemoteError && databaseOutages.has(error.excType))
