import type { RequestContext } from '../context/index.js'

/**
 * Tells of an event, where the process tells anybody: for what nova tells of as it is written down,
 * whoever has it written. `lib/notifications` knows the events, and what each is told with.
 */
export const announce = (
  context: RequestContext,
  event: string,
  subject: object,
): Promise<void> | undefined => context.services.notifications?.emit(context, event, subject)
