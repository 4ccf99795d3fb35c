import { TaskState, VmState } from '../../lib/compute/states.js'

type ByTask = Readonly<Record<string, string>>

const all = (states: readonly string[], status: string): ByTask =>
  Object.fromEntries(states.map(state => [state, status]))

const resizing = all(
  [
    TaskState.resizePrep,
    TaskState.resizeMigrating,
    TaskState.resizeMigrated,
    TaskState.resizeFinish,
  ],
  'RESIZE',
)
const rebuilding = all(
  [TaskState.rebuilding, TaskState.rebuildBlockDeviceMapping, TaskState.rebuildSpawning],
  'REBUILD',
)

/** The status shown for a vm_state, and what a task_state makes of it. */
const table: Readonly<Record<string, { readonly default: string; readonly byTask?: ByTask }>> = {
  [VmState.active]: {
    default: 'ACTIVE',
    byTask: {
      ...all([TaskState.rebooting, TaskState.rebootPending, TaskState.rebootStarted], 'REBOOT'),
      ...all(
        [TaskState.rebootingHard, TaskState.rebootPendingHard, TaskState.rebootStartedHard],
        'HARD_REBOOT',
      ),
      [TaskState.updatingPassword]: 'PASSWORD',
      ...rebuilding,
      [TaskState.migrating]: 'MIGRATING',
      ...resizing,
    },
  },
  [VmState.building]: { default: 'BUILD' },
  [VmState.stopped]: { default: 'SHUTOFF', byTask: { ...resizing, ...rebuilding } },
  [VmState.resized]: {
    default: 'VERIFY_RESIZE',
    byTask: { [TaskState.resizeReverting]: 'REVERT_RESIZE' },
  },
  [VmState.paused]: { default: 'PAUSED', byTask: { [TaskState.migrating]: 'MIGRATING' } },
  [VmState.suspended]: { default: 'SUSPENDED' },
  [VmState.rescued]: { default: 'RESCUE' },
  [VmState.error]: { default: 'ERROR', byTask: rebuilding },
  [VmState.deleted]: { default: 'DELETED' },
  [VmState.softDeleted]: { default: 'SOFT_DELETED' },
  [VmState.shelved]: { default: 'SHELVED' },
  [VmState.shelvedOffloaded]: { default: 'SHELVED_OFFLOADED' },
}

/** The status a client sees, by the server's states; a row flagged deleted is DELETED whatever they say. */
export const statusOf = (
  vmState: string | null,
  taskState: string | null,
  deleted = false,
): string => {
  if (deleted) return 'DELETED'
  const states = table[vmState ?? '']
  if (!states) return 'UNKNOWN'
  return (taskState === null ? undefined : states.byTask?.[taskState]) ?? states.default
}

export interface StatesOfStatuses {
  readonly vmStates: readonly string[]
  /** `default` stands for every task state that has no status of its own. */
  readonly taskStates: readonly string[]
}

/**
 * The states that may show as one of these statuses, for the filter `status` (any case).
 *
 * @returns empty lists when no status is known
 */
export const statesOf = (statuses: readonly string[]): StatesOfStatuses => {
  const wanted = new Set(statuses.map(status => status.toUpperCase()))
  const vmStates = new Set<string>()
  const taskStates = new Set<string>()
  for (const [vmState, { default: plain, byTask = {} }] of Object.entries(table)) {
    if (wanted.has(plain)) {
      vmStates.add(vmState)
      taskStates.add('default')
    }
    for (const [taskState, status] of Object.entries(byTask)) {
      if (!wanted.has(status)) continue
      vmStates.add(vmState)
      taskStates.add(taskState)
    }
  }
  return { vmStates: [...vmStates], taskStates: [...taskStates] }
}

/** Statuses that have a progress to show. */
export const progressStatuses: ReadonlySet<string> = new Set([
  'ACTIVE',
  'BUILD',
  'REBUILD',
  'RESIZE',
  'VERIFY_RESIZE',
  'MIGRATING',
])
