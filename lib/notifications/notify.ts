import type { RequestContext } from '../context/index.js'
import { type EventBase, type EventName, notificationEvents, type SubjectOf } from './events.js'

/**
 * Tells whoever listens of an event; nothing where the process tells nobody. To be awaited: what is to be
 * said is read from the subject as it is now. It never fails, and never waits for a broker.
 *
 *     await notify(context, 'instance.pause.start', { instance })
 */
export const notify = <E extends EventName>(
  context: RequestContext,
  event: E,
  subject: SubjectOf<E>,
): Promise<void> | undefined =>
  context.services.notifications?.emit(context, event, Object(subject))

/** What is told when the work fails: the event's phase `error`, where it has one; its end; or nothing. */
export type OnFailure = 'error' | 'end' | 'nothing'

/**
 * Does something, and tells of its start and of its end.
 *
 *     await notifying(context, 'instance.pause', { instance }, () => driver.pause(instance))
 *
 * @throws what the work throws
 */
export const notifying = async <B extends EventBase, T>(
  context: RequestContext,
  base: B,
  subject: SubjectOf<B>,
  work: () => Promise<T>,
  onFailure: OnFailure = 'error',
): Promise<T> => {
  const { notifications } = context.services
  if (!notifications) return work()
  const tell = (phase: string, more: object = {}): Promise<void> =>
    notifications.emit(context, `${base}.${phase}`, { ...Object(subject), ...more })
  await tell('start')
  let result: T
  try {
    result = await work()
  } catch (error) {
    if (onFailure === 'end') await tell('end')
    if (onFailure === 'error' && notificationEvents.has(`${base}.error`)) {
      await tell('error', { error })
    }
    throw error
  }
  await tell('end')
  return result
}
