import type { RequestContext } from '../context/index.js'
import type { InstanceRow } from '../db/queries/cell/instances.js'

/**
 * Tells of an event, where the process tells anybody: for what nova tells of as it is written down,
 * whoever has it written. `lib/notifications` knows the events, and what each is told with.
 */
export const announce = (
  context: RequestContext,
  event: string,
  subject: object,
): Promise<void> | undefined => context.services.notifications?.emit(context, event, subject)

/** Tells of a server that was changed. @param row  how it stood before */
export const announceUpdate = (
  context: RequestContext,
  instance: object,
  row: InstanceRow,
): Promise<void> | undefined => {
  const { vm_state: vmState, task_state: taskState, display_name: displayName } = row
  return announce(context, 'instance.update', {
    instance,
    before: { vmState, taskState, displayName },
  })
}
