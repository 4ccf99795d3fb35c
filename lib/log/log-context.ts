import { AsyncLocalStorage } from 'node:async_hooks'

/** What lines of one request, or one dispatched message, have in common. */
export interface LogContext {
  /** `req-<uuid4>` */
  readonly request_id?: string | null | undefined
  readonly global_request_id?: string | null | undefined
  /** User, project, domain, system scope, user domain, project domain; `-` for none. */
  readonly user_identity?: string | undefined
  readonly instance_uuid?: string | null | undefined
}

/** The part of a request context that a log line tells. */
export interface LoggedCaller {
  readonly requestId: string
  readonly globalRequestId: string | null
  readonly userId: string | null
  readonly projectId: string | null
  readonly domainId: string | null
  readonly systemScope: string | null
  readonly userDomainId: string | null
  readonly projectDomainId: string | null
}

// Holds no state itself: each chain of calls sees what it was started with.
const storage = new AsyncLocalStorage<LogContext>()

/** Runs `work` so that every line logged in it, however deep, tells these fields. Nests. */
export const withLogContext = <T>(fields: LogContext, work: () => T): T =>
  storage.run({ ...storage.getStore(), ...fields }, work)

/** The fields of the lines logged here and now. */
export const currentLogContext = (): LogContext => storage.getStore() ?? {}

/** A request context's fields. */
export const callerFields = (caller: LoggedCaller): LogContext => ({
  request_id: caller.requestId,
  global_request_id: caller.globalRequestId,
  user_identity: [
    caller.userId,
    caller.projectId,
    caller.domainId,
    caller.systemScope,
    caller.userDomainId,
    caller.projectDomainId,
  ]
    .map(part => part || '-')
    .join(' '),
})
