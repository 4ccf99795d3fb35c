import type { RequestContext } from '../context/index.js'
import { InstanceInvalidState, InstanceIsLocked, InstanceNotReady } from '../exception/index.js'
import type { Instance } from '../objects/index.js'

/** In which states an action may begin (contract: rest/servers.md 7). */
export interface ActionRule {
  /** As the refusal names it: the action's key, mostly. */
  readonly name: string
  /** Absent: any. */
  readonly vmStates?: readonly string[]
  /** Absent: only null. */
  readonly taskStates?: readonly (string | null)[] | 'any'
  /** False: also before the first boot ended. */
  readonly mustHaveLaunched?: boolean
  /** False: also when locked. `untold`: refused, but the client hears of a state that does not fit. */
  readonly respectsLock?: boolean | 'untold'
  readonly needsHost?: boolean
}

/**
 * Refuses an action that the server's state, lock or lack of a host forbids, with the words that the
 * client is told.
 *
 * @throws InstanceIsLocked, InstanceNotReady, InstanceInvalidState (all 409)
 */
export const checkAction = (
  context: RequestContext,
  instance: Instance,
  rule: ActionRule,
): void => {
  if (rule.respectsLock !== false && instance.locked && !context.isAdmin) {
    if (rule.respectsLock === 'untold') throw invalidState(instance, rule.name, 'locked', null)
    throw new InstanceIsLocked({ instance_uuid: instance.uuid, code: 409 })
  }
  if (rule.needsHost && !instance.host) {
    throw new InstanceNotReady({ instance_id: instance.uuid, code: 409 })
  }
  if (rule.vmStates && !rule.vmStates.includes(instance.vmState ?? '')) {
    throw invalidState(instance, rule.name, 'vm_state', instance.vmState)
  }
  const tasks = rule.taskStates ?? [null]
  if (tasks !== 'any' && !tasks.includes(instance.taskState)) {
    throw invalidState(instance, rule.name, 'task_state', instance.taskState)
  }
  if (rule.mustHaveLaunched !== false && !instance.launchedAt) {
    throw invalidState(instance, rule.name, 'launched_at', null)
  }
}

/** 409 with nova's text; it names the state, unless there is none to name. */
export const invalidState = (
  { uuid }: { readonly uuid: string },
  action: string,
  attr: string,
  state: string | null,
): InstanceInvalidState =>
  new InstanceInvalidState(
    state === null
      ? `Instance ${uuid} is in an invalid state for '${action}'`
      : `Cannot '${action}' instance ${uuid} while it is in ${attr} ${state}`,
    { attr, instance_uuid: uuid, state, method: action, code: 409 },
  )
