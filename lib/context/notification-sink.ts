import type { RequestContext } from './request-context.js'

/**
 * Where what happened is told to whoever listens. Implemented by `lib/notifications`, whose `notify` is how
 * to call it where that may be imported; a process that tells nobody has none.
 */
export interface NotificationSink {
  /** `[notifications] notify_on_state_change`: whether a server's changes are told at all. */
  readonly tellsUpdates: boolean
  /**
   * Resolves when what is to be said is written down, not when it was sent. Never fails: what goes wrong is
   * logged.
   *
   * @param event  `object.action` or `object.action.phase`, nova's name of it
   * @param subject  what it happened to, as that event's payload takes it
   */
  emit(context: RequestContext, event: string, subject: object): Promise<void>
}
