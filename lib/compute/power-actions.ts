import type { RequestContext } from '../context/index.js'
import { UnexpectedTaskStateError } from '../exception/index.js'
import { type Instance, InstanceAction } from '../objects/index.js'
import { type ActionRule, checkAction, invalidState } from './checks.js'
import type { ComputeRpcApi } from './rpcapi.js'
import {
  allowHardReboot,
  allowHardRebootTaskStates,
  allowSoftReboot,
  TaskState,
  VmState,
} from './states.js'

/** One action that a host carries out alone: who may, what is under way then, what is sent. */
export interface PowerAction extends ActionRule {
  readonly sets: TaskState
  /** `instance_actions.action` */
  readonly recordedAs: string
  readonly send: (rpc: ComputeRpcApi, context: RequestContext, instance: Instance) => Promise<void>
}

export const powerActions = {
  start: {
    name: 'start',
    vmStates: [VmState.stopped],
    needsHost: true,
    sets: TaskState.poweringOn,
    recordedAs: 'start',
    send: (rpc, context, instance) => rpc.startInstance(context, instance),
  },
  stop: {
    name: 'stop',
    vmStates: [VmState.active, VmState.error],
    needsHost: true,
    sets: TaskState.poweringOff,
    recordedAs: 'stop',
    send: (rpc, context, instance) => rpc.stopInstance(context, instance),
  },
  rebootSoft: {
    name: 'reboot',
    vmStates: allowSoftReboot,
    sets: TaskState.rebooting,
    recordedAs: 'reboot',
    send: (rpc, context, instance) => rpc.rebootInstance(context, instance, 'SOFT'),
  },
  rebootHard: {
    name: 'reboot',
    vmStates: allowHardReboot,
    taskStates: allowHardRebootTaskStates,
    sets: TaskState.rebootingHard,
    recordedAs: 'reboot',
    send: (rpc, context, instance) => rpc.rebootInstance(context, instance, 'HARD'),
  },
  pause: {
    name: 'pause',
    vmStates: [VmState.active],
    sets: TaskState.pausing,
    recordedAs: 'pause',
    send: (rpc, context, instance) => rpc.pauseInstance(context, instance),
  },
  unpause: {
    name: 'unpause',
    vmStates: [VmState.paused],
    sets: TaskState.unpausing,
    recordedAs: 'unpause',
    send: (rpc, context, instance) => rpc.unpauseInstance(context, instance),
  },
  suspend: {
    name: 'suspend',
    vmStates: [VmState.active],
    sets: TaskState.suspending,
    recordedAs: 'suspend',
    send: (rpc, context, instance) => rpc.suspendInstance(context, instance),
  },
  resume: {
    name: 'resume',
    vmStates: [VmState.suspended],
    sets: TaskState.resuming,
    recordedAs: 'resume',
    send: (rpc, context, instance) => rpc.resumeInstance(context, instance),
  },
} as const satisfies Readonly<Record<string, PowerAction>>

/**
 * Checks, marks the server as busy, records the action, tells the host.
 *
 * The mark is written only if the task is still what was checked, so of two that ask at once one is
 * refused (409 by way of UnexpectedTaskStateError).
 */
export const runPowerAction = async (
  rpc: ComputeRpcApi,
  instance: Instance,
  action: PowerAction,
): Promise<void> => {
  const context = instance.requireContext(action.name)
  checkAction(context, instance, action)
  await enterTask(instance, action)
  await InstanceAction.actionStart(context, instance.uuid, action.recordedAs, {
    wantResult: false,
  })
  await action.send(rpc, context, instance)
}

const enterTask = async (instance: Instance, action: PowerAction): Promise<void> => {
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
