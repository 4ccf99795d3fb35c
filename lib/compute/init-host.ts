import type { RequestContext } from '../context/index.js'
import {
  BuildAbortException,
  NovaException,
  VirtualInterfacePlugException,
} from '../exception/index.js'
import { BlockDeviceMappingList, type Instance, InstanceList } from '../objects/index.js'
import { blockDeviceInfo } from './block-devices.js'
import { addInstanceFault } from './faults.js'
import { cachedNetworkInfo } from './info-cache.js'
import { powerStateOf } from './power.js'
import type { ComputeServices } from './services.js'
import {
  hardRebootTaskStates,
  PowerState,
  softRebootTaskStates,
  TaskState,
  VmState,
} from './states.js'

/** What repairs may ask of the manager: its own methods, as if a message had come. */
export interface RepairActions {
  terminate(context: RequestContext, instance: Instance): Promise<void>
  start(context: RequestContext, instance: Instance): Promise<void>
  stop(context: RequestContext, instance: Instance): Promise<void>
  reboot(context: RequestContext, instance: Instance, type: 'SOFT' | 'HARD'): Promise<void>
  unpause(context: RequestContext, instance: Instance): Promise<void>
  softDelete(context: RequestContext, instance: Instance): Promise<void>
  restore(context: RequestContext, instance: Instance): Promise<void>
  shelveOffload(context: RequestContext, instance: Instance): Promise<void>
  /** What a move was doing when the service died, on either side of it. */
  endPreparing(context: RequestContext, instance: Instance): Promise<void>
  endLeaving(context: RequestContext, instance: Instance): Promise<void>
  endArriving(context: RequestContext, instance: Instance): Promise<void>
  endLive(context: RequestContext, instance: Instance): Promise<void>
}

/** What ran and is run again, from its beginning, or is ended in its own way. */
const again: Readonly<
  Record<
    string,
    | 'softDelete'
    | 'restore'
    | 'shelveOffload'
    | 'endPreparing'
    | 'endLeaving'
    | 'endArriving'
    | 'endLive'
  >
> = {
  [TaskState.resizePrep]: 'endPreparing',
  [TaskState.resizeMigrating]: 'endLeaving',
  [TaskState.resizeFinish]: 'endArriving',
  [TaskState.migrating]: 'endLive',
  [TaskState.shelvingOffloading]: 'shelveOffload',
  [TaskState.softDeleting]: 'softDelete',
  [TaskState.restoring]: 'restore',
}
/** Nobody knows what of the guest is there. */
const brokenTasks: readonly (string | null)[] = [TaskState.rescuing, TaskState.unrescuing]

const buildTasks: readonly (string | null)[] = [
  TaskState.scheduling,
  TaskState.networking,
  TaskState.blockDeviceMapping,
  TaskState.spawning,
]
const rebuildTasks: readonly (string | null)[] = [
  TaskState.rebuilding,
  TaskState.rebuildBlockDeviceMapping,
  TaskState.rebuildSpawning,
]
const imageTasks: readonly (string | null)[] = [
  TaskState.imageSnapshot,
  TaskState.imageSnapshotPending,
  TaskState.imagePendingUpload,
  TaskState.imageUploading,
  TaskState.imageBackup,
  TaskState.updatingPassword,
  TaskState.shelving,
  TaskState.shelvingImagePendingUpload,
  TaskState.shelvingImageUploading,
]
/** Two hosts have a part in these. */
const moveTasks: readonly (string | null)[] = [
  TaskState.resizePrep,
  TaskState.resizeMigrating,
  TaskState.resizeMigrated,
  TaskState.resizeFinish,
  TaskState.resizeReverting,
  TaskState.resizeConfirming,
  TaskState.migrating,
]
const rebootTasks: readonly (string | null)[] = [...softRebootTaskStates, ...hardRebootTaskStates]

/** What the guest came to says how far they got. */
const pauseTasks: readonly (string | null)[] = [
  TaskState.pausing,
  TaskState.unpausing,
  TaskState.suspending,
  TaskState.resuming,
]

/**
 * Tasks that one host works on by itself, with nothing else let near the instance meanwhile: where it does
 * not, nobody does.
 */
export const ownTasks: readonly (string | null)[] = [
  ...rebootTasks,
  ...pauseTasks,
  ...rebuildTasks,
  ...brokenTasks,
  TaskState.poweringOff,
  TaskState.poweringOn,
  TaskState.updatingPassword,
  TaskState.shelving,
  TaskState.shelvingImagePendingUpload,
  TaskState.shelvingImageUploading,
  TaskState.shelvingOffloading,
  TaskState.softDeleting,
  TaskState.restoring,
]

const vmStateOf = (power: PowerState): VmState | null => {
  switch (power) {
    case PowerState.running:
      return VmState.active
    case PowerState.paused:
      return VmState.paused
    case PowerState.suspended:
      return VmState.suspended
    default:
      return null
  }
}

/**
 * Brings the instances of this host out of what an earlier life of the service left half done
 * (contract: flows.md 11, start-up repair). One that cannot be repaired hinders no other.
 *
 * @param evacuated  uuids of those that are being built elsewhere: theirs to say how they end
 */
export const repairInstances = async (
  context: RequestContext,
  services: ComputeServices,
  evacuated: ReadonlySet<string>,
  actions: RepairActions,
): Promise<InstanceList> => {
  const { host, log } = services
  const instances = await InstanceList.getByHost(context, host, {
    expectedAttrs: ['info_cache', 'metadata', 'system_metadata', 'flavor'],
  })
  for (const instance of instances) {
    // One that another host has taken over meanwhile is that one's.
    if (evacuated.has(instance.uuid) || instance.host !== host) continue
    try {
      await repairInstance(context, services, actions, instance)
    } catch (error) {
      log.error({ err: error, instance: instance.uuid }, 'cannot repair an instance at start-up')
    }
  }
  return instances
}

/** Of one instance; see {@link repairInstances}. */
export const repairInstance = async (
  context: RequestContext,
  services: ComputeServices,
  actions: RepairActions,
  instance: Instance,
): Promise<void> => {
  const { vmState, taskState } = instance
  const { driver, log } = services
  const action = again[taskState ?? '']
  if (action) return actions[action](context, instance)
  if (brokenTasks.includes(taskState) || rebuildTasks.includes(taskState)) {
    const why = new NovaException(`Task ${taskState} was interrupted on its host.`)
    await addInstanceFault(context, services.host, instance, why)
    return settle(instance, VmState.error)
  }
  if (vmState === VmState.softDeleted) return
  if (vmState === VmState.error && taskState !== TaskState.deleting) {
    // nova leaves it at its task, where nobody but an administrator gets it out again.
    if (taskState !== null && !moveTasks.includes(taskState)) await settle(instance)
    return
  }
  if (vmState === VmState.deleted || taskState === TaskState.deleting) {
    log.info({ instance: instance.uuid }, 'finishing a deletion that was interrupted')
    return actions.terminate(context, instance)
  }
  if (vmState === VmState.building || buildTasks.includes(taskState)) {
    log.info({ instance: instance.uuid }, 'the build was interrupted: to error')
    const reason = 'it was interrupted by a restart of its host.'
    const why = new BuildAbortException({ instance_uuid: instance.uuid, reason })
    await addInstanceFault(context, services.host, instance, why)
    return settle(instance, VmState.error)
  }
  if (imageTasks.includes(taskState)) return settle(instance)

  const power = await powerStateOf(driver, instance)
  if (rebootTasks.includes(taskState)) {
    if (power !== PowerState.running) return actions.reboot(context, instance, 'HARD')
    if (taskState === TaskState.rebooting || taskState === TaskState.rebootPending) {
      return actions.reboot(context, instance, 'SOFT')
    }
    return settle(instance, VmState.active)
  }
  if (taskState === TaskState.poweringOff) return actions.stop(context, instance)
  if (taskState === TaskState.poweringOn) return actions.start(context, instance)
  if (taskState === TaskState.unpausing && power === PowerState.paused) {
    return actions.unpause(context, instance)
  }
  if (pauseTasks.includes(taskState)) return settle(instance, vmStateOf(power) ?? undefined)
  await replug(context, services, instance, power)
}

const settle = async (instance: Instance, vmState?: VmState): Promise<void> => {
  if (vmState) instance.vmState = vmState
  instance.taskState = null
  await instance.save()
}

/**
 * The host may have been restarted, and know nothing of the guest's interfaces any more; nor run it although the
 * row says so.
 */
const replug = async (
  context: RequestContext,
  { driver, options, log }: ComputeServices,
  instance: Instance,
  power: PowerState,
): Promise<void> => {
  const networkInfo = cachedNetworkInfo(instance)
  try {
    await driver.plugVifs(instance, networkInfo)
  } catch (error) {
    if (!(error instanceof VirtualInterfacePlugException)) throw error
    log.error({ err: error, instance: instance.uuid }, 'cannot plug the interfaces of a guest')
    return settle(instance, VmState.error)
  }
  const shouldRun = instance.powerState === PowerState.running && power !== PowerState.running
  if (!shouldRun || !options.resumeGuestsStateOnHostBoot) return
  log.info({ instance: instance.uuid }, 'starting a guest that ran before the host went down')
  const { objects } = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
  const guest = { networkInfo, blockDeviceInfo: blockDeviceInfo(instance, objects) }
  await driver.resumeStateOnHostBoot(context, instance, guest)
}
