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

/** A method as nova calls it, and what it was called with. */
export interface ToldMethod {
  readonly source: 'nova-api' | 'nova-compute'
  readonly method: string
  readonly args: Readonly<Record<string, unknown>>
}

/**
 * Tells of whatever a method fails of (`compute.exception`), passwords left out.
 *
 * @throws what the work throws
 */
export const tellingFailure = async <T>(
  context: RequestContext,
  { args, ...method }: ToldMethod,
  work: () => Promise<T>,
): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    if (context.services.notifications) {
      const told = Object.entries(args).filter(([name]) => !name.includes('_pass'))
      const subject = { ...method, args: Object.fromEntries(told), error }
      await notify(context, 'compute.exception', subject)
    }
    throw error
  }
}
