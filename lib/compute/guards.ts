import type { RequestContext } from '../context/index.js'
import { InstanceNotFound, UnexpectedTaskStateError } from '../exception/index.js'
import type { Log } from '../log/log.js'
import { type Instance, InstanceActionEvent } from '../objects/index.js'
import { addInstanceFault, faultMessage, traceback } from './faults.js'
import { TaskState } from './states.js'

/** What every method of the manager that works on one instance takes. */
export interface InstanceArgs {
  readonly instance: Instance
}

export type InstanceMethod<Args extends InstanceArgs, R> = (
  context: RequestContext,
  args: Args,
) => Promise<R>

/**
 * Writes the method's event below the action of the request: begun, and ended with Success or Error.
 *
 * @param event  `compute_<method>`, nova's name of it
 */
export const wrapInstanceEvent =
  (host: string, event: string) =>
  <Args extends InstanceArgs, R>(method: InstanceMethod<Args, R>): InstanceMethod<Args, R> =>
  async (context, args) => {
    const { uuid } = args.instance
    await InstanceActionEvent.eventStart(context, uuid, event, { wantResult: false, host })
    let failure: unknown
    try {
      return await method(context, args)
    } catch (error) {
      failure = error ?? new Error('rejected without a reason')
      throw error
    } finally {
      await InstanceActionEvent.eventFinishWithFailure(context, uuid, event, {
        excVal: failure === undefined ? null : faultMessage(failure),
        excTb: failure === undefined ? null : traceback(failure),
        wantResult: false,
      })
    }
  }

/** Writes a fault row when the method fails, unless what failed is that the instance is gone. */
export const wrapInstanceFault =
  (host: string) =>
  <Args extends InstanceArgs, R>(method: InstanceMethod<Args, R>): InstanceMethod<Args, R> =>
  async (context, args) => {
    try {
      return await method(context, args)
    } catch (error) {
      if (!(error instanceof InstanceNotFound)) {
        await addInstanceFault(context, host, args.instance, error)
      }
      throw error
    }
  }

/**
 * Ends the task of an instance whose method fails: task_state becomes null. Not when the row was
 * found in another task state, which is someone else's then; nor when its owner has it deleted
 * meanwhile: nobody would do that any more.
 *
 * @param isKept  failures after which the task goes on by and by
 */
export const revertTaskState =
  (log: Log, isKept: (error: unknown) => boolean = () => false) =>
  <Args extends InstanceArgs, R>(method: InstanceMethod<Args, R>): InstanceMethod<Args, R> =>
  async (context, args) => {
    const { instance } = args
    const expected = instance.taskState === TaskState.deleting ? undefined : endedTasks
    try {
      return await method(context, args)
    } catch (error) {
      if (error instanceof UnexpectedTaskStateError) {
        log.info({ err: error, instance: instance.uuid }, 'task possibly preempted')
      } else if (!isKept(error)) {
        await endTask(log, instance, expected)
      }
      throw error
    }
  }

/** What may end with the method that failed: anything but a deletion. */
const endedTasks: readonly (string | null)[] = [
  null,
  ...Object.values(TaskState).filter(task => task !== TaskState.deleting),
]

const endTask = async (
  log: Log,
  instance: Instance,
  expected: readonly (string | null)[] | undefined,
): Promise<void> => {
  try {
    instance.taskState = null
    await instance.save(expected ? { expectedTaskState: expected } : {})
  } catch (error) {
    // The failure that brought us here is the one to report.
    if (!(error instanceof InstanceNotFound)) {
      log.warn({ err: error, instance: instance.uuid }, 'failed to revert the task state')
    }
  }
}
