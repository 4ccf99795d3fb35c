import type { RequestContext } from '../context/index.js'
import type { Instance } from '../objects/index.js'
import { type BegunAction, beginAction } from './actions/begin-action.js'
import type { ComputeRpcApi } from './rpcapi.js'
import {
  allowHardReboot,
  allowHardRebootTaskStates,
  allowSoftReboot,
  TaskState,
  VmState,
} from './states.js'

/** One action that a host carries out alone, and needs to know nothing more for. */
export interface PowerAction extends BegunAction {
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
    refusesShares: true,
    send: (rpc, context, instance) => rpc.suspendInstance(context, instance),
  },
  resume: {
    name: 'resume',
    vmStates: [VmState.suspended],
    sets: TaskState.resuming,
    recordedAs: 'resume',
    send: (rpc, context, instance) => rpc.resumeInstance(context, instance),
  },
  unrescue: {
    name: 'unrescue',
    vmStates: [VmState.rescued],
    sets: TaskState.unrescuing,
    recordedAs: 'unrescue',
    send: (rpc, context, instance) => rpc.unrescueInstance(context, instance),
  },
  triggerCrashDump: {
    name: 'trigger_crash_dump',
    vmStates: [VmState.active, VmState.paused, VmState.rescued, VmState.resized, VmState.error],
    needsHost: true,
    recordedAs: 'trigger_crash_dump',
    send: (rpc, context, instance) => rpc.triggerCrashDump(context, instance),
  },
} as const satisfies Readonly<Record<string, PowerAction>>

/** Begins the action and tells the host. */
export const runPowerAction = async (
  rpc: ComputeRpcApi,
  instance: Instance,
  action: PowerAction,
): Promise<void> => {
  const context = await beginAction(instance, action)
  await action.send(rpc, context, instance)
}
