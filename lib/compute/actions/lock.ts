import type { RequestContext } from '../../context/index.js'
import { notify } from '../../notifications/index.js'
import { type Instance, InstanceAction, InstanceActionEvent } from '../../objects/index.js'

/** Writes changes of a server to where it is: its cell, or its build request. */
export type ChangeServer = (instance: Instance, changes: Partial<Instance>) => Promise<void>

/** Locks by the caller: as owner or, from another project, as admin. An owner's second lock changes nothing. */
export const lock = async (
  change: ChangeServer,
  context: RequestContext,
  instance: Instance,
  reason: string | null,
): Promise<void> => {
  const isOwner = instance.projectId === context.projectId
  if (instance.locked && isOwner) return
  await recorded(change, instance, 'lock', {
    locked: true,
    lockedBy: isOwner ? 'owner' : 'admin',
    ...(reason === null
      ? {}
      : { systemMetadata: { ...instance.systemMetadata, locked_reason: reason } }),
  })
}

export const unlock = async (change: ChangeServer, instance: Instance): Promise<void> => {
  const { locked_reason: _, ...rest } = instance.systemMetadata
  await recorded(change, instance, 'unlock', {
    locked: false,
    lockedBy: null,
    systemMetadata: rest,
  })
}

/** Whether the lock is not the caller's own side's: owner and administrators undo each their own. */
export const isLockedByOther = (context: RequestContext, instance: Instance): boolean => {
  const side = instance.projectId === context.projectId ? 'owner' : 'admin'
  return instance.lockedBy !== null && instance.lockedBy !== side
}

/** A change that is an action of its own, with one event, both done by the API itself. */
const recorded = async (
  change: ChangeServer,
  instance: Instance,
  action: 'lock' | 'unlock',
  changes: Partial<Instance>,
): Promise<void> => {
  // What waits for a cell has no place yet for a record of what was done to it.
  if (!instance.isSet('id')) return change(instance, changes)
  const cell = instance.requireContext(action)
  await InstanceAction.actionStart(cell, instance.uuid, action, { wantResult: false })
  const event = `api_${action}`
  await InstanceActionEvent.eventStart(cell, instance.uuid, event, { wantResult: false })
  await change(instance, changes)
  await InstanceActionEvent.eventFinish(cell, instance.uuid, event, { wantResult: false })
  await notify(cell, `instance.${action}`, { instance })
}
