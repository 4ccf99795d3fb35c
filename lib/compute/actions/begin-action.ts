import type { RequestContext } from '../../context/index.js'
import { UnexpectedTaskStateError } from '../../exception/index.js'
import { type Instance, InstanceAction } from '../../objects/index.js'
import { type ActionRule, checkAction, invalidState } from '../checks.js'
import { refuseShares } from '../server-shares.js'
import type { InstanceActionName, TaskState } from '../states.js'

/** An action as it begins: who may, what is under way then, how it is written down. */
export interface BegunAction extends ActionRule {
  /** What is under way from now on; absent: nothing. */
  readonly sets?: TaskState
  readonly recordedAs: InstanceActionName
  /** True: not of a server that has shares. */
  readonly refusesShares?: boolean
}

/**
 * Checks, marks the server as busy, records the action.
 *
 * The mark is written, with whatever else was changed of the instance, only if the task is still what
 * was checked: of two that ask at once one is refused (409 by way of UnexpectedTaskStateError).
 *
 * @returns the context to send on with
 * @throws InstanceIsLocked, InstanceNotReady, InstanceInvalidState, ForbiddenWithShare (all 409)
 */
export const beginAction = async (
  instance: Instance,
  action: BegunAction,
): Promise<RequestContext> => {
  const context = instance.requireContext(action.name)
  checkAction(context, instance, action)
  if (action.refusesShares) await refuseShares(context, instance.uuid)
  await enterTask(instance, action)
  await InstanceAction.actionStart(context, instance.uuid, action.recordedAs, {
    wantResult: false,
  })
  return context
}

/** The save alone, for actions that have more to do before they are recorded. */
export const enterTask = async (instance: Instance, action: BegunAction): Promise<void> => {
  if (!action.sets) return
  const tasks = action.taskStates === 'any' ? undefined : (action.taskStates ?? [null])
  instance.taskState = action.sets
  try {
    await instance.save(tasks ? { expectedTaskState: tasks } : {})
  } catch (error) {
    if (!(error instanceof UnexpectedTaskStateError)) throw error
    throw invalidState(instance, action.name, 'task_state', actualTask(error))
  }
}

/** What the row says, told by the refusal: `{ actual: { task_state } }`. */
const actualTask = ({ kwargs: { actual } }: UnexpectedTaskStateError): string | null => {
  const task = Reflect.get(Object(actual), 'task_state')
  return typeof task === 'string' ? task : null
}
