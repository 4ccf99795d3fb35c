/** nova.compute.vm_states: how a server stands when nothing is under way. */
export const VmState = {
  active: 'active',
  building: 'building',
  paused: 'paused',
  suspended: 'suspended',
  stopped: 'stopped',
  rescued: 'rescued',
  resized: 'resized',
  softDeleted: 'soft-delete',
  deleted: 'deleted',
  error: 'error',
  shelved: 'shelved',
  shelvedOffloaded: 'shelved_offloaded',
} as const
export type VmState = (typeof VmState)[keyof typeof VmState]

/** nova.compute.task_states: what is under way; null when nothing is. */
export const TaskState = {
  scheduling: 'scheduling',
  blockDeviceMapping: 'block_device_mapping',
  networking: 'networking',
  spawning: 'spawning',
  imageSnapshot: 'image_snapshot',
  imageSnapshotPending: 'image_snapshot_pending',
  imagePendingUpload: 'image_pending_upload',
  imageUploading: 'image_uploading',
  imageBackup: 'image_backup',
  updatingPassword: 'updating_password',
  resizePrep: 'resize_prep',
  resizeMigrating: 'resize_migrating',
  resizeMigrated: 'resize_migrated',
  resizeFinish: 'resize_finish',
  resizeReverting: 'resize_reverting',
  resizeConfirming: 'resize_confirming',
  rebooting: 'rebooting',
  rebootPending: 'reboot_pending',
  rebootStarted: 'reboot_started',
  rebootingHard: 'rebooting_hard',
  rebootPendingHard: 'reboot_pending_hard',
  rebootStartedHard: 'reboot_started_hard',
  pausing: 'pausing',
  unpausing: 'unpausing',
  suspending: 'suspending',
  resuming: 'resuming',
  poweringOff: 'powering-off',
  poweringOn: 'powering-on',
  rescuing: 'rescuing',
  unrescuing: 'unrescuing',
  rebuilding: 'rebuilding',
  rebuildBlockDeviceMapping: 'rebuild_block_device_mapping',
  rebuildSpawning: 'rebuild_spawning',
  migrating: 'migrating',
  deleting: 'deleting',
  softDeleting: 'soft-deleting',
  restoring: 'restoring',
  shelving: 'shelving',
  shelvingImagePendingUpload: 'shelving_image_pending_upload',
  shelvingImageUploading: 'shelving_image_uploading',
  shelvingOffloading: 'shelving_offloading',
  unshelving: 'unshelving',
} as const
export type TaskState = (typeof TaskState)[keyof typeof TaskState]

export { PowerState, powerStateName } from '../virt/power-state.js'

/** The task states of a reboot before the guest was touched, and while it goes down and up. */
export const softRebootTaskStates: readonly string[] = [
  TaskState.rebooting,
  TaskState.rebootPending,
  TaskState.rebootStarted,
]
export const hardRebootTaskStates: readonly string[] = [
  TaskState.rebootingHard,
  TaskState.rebootPendingHard,
  TaskState.rebootStartedHard,
]

/** Reboots that may be overtaken by a hard one (409 for the other task states). */
export const allowHardRebootTaskStates: readonly (string | null)[] = [
  null,
  TaskState.rebooting,
  TaskState.rebootPending,
  TaskState.rebootStarted,
  TaskState.rebootingHard,
  TaskState.resuming,
  TaskState.unpausing,
  TaskState.pausing,
  TaskState.suspending,
]

/** Vm states in which each kind of reboot may begin. */
export const allowSoftReboot: readonly string[] = [VmState.active]
export const allowHardReboot: readonly string[] = [
  VmState.active,
  VmState.stopped,
  VmState.paused,
  VmState.suspended,
  VmState.error,
]

/** nova's instance action names: rows of `instance_actions`. */
export const InstanceActionName = {
  create: 'create',
  delete: 'delete',
  start: 'start',
  stop: 'stop',
  reboot: 'reboot',
  pause: 'pause',
  unpause: 'unpause',
  suspend: 'suspend',
  resume: 'resume',
  rescue: 'rescue',
  unrescue: 'unrescue',
  changePassword: 'changePassword',
  triggerCrashDump: 'trigger_crash_dump',
  resetState: 'resetState',
  restore: 'restore',
  createImage: 'createImage',
  createBackup: 'createBackup',
  rebuild: 'rebuild',
  shelve: 'shelve',
  shelveOffload: 'shelveOffload',
  unshelve: 'unshelve',
  resize: 'resize',
  migrate: 'migrate',
  confirmResize: 'confirmResize',
  revertResize: 'revertResize',
  liveMigration: 'live-migration',
  evacuate: 'evacuate',
  attachInterface: 'attach_interface',
  detachInterface: 'detach_interface',
  lock: 'lock',
  unlock: 'unlock',
} as const
export type InstanceActionName = (typeof InstanceActionName)[keyof typeof InstanceActionName]
