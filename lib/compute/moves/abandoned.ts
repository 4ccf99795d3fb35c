import type { RequestContext } from '../../context/index.js'
import { InstanceNotFound, NovaException } from '../../exception/index.js'
import { Instance, MigrationList } from '../../objects/index.js'
import { addInstanceFault } from '../faults.js'
import { isOlder } from '../older.js'
import { TaskState } from '../states.js'
import { freeSource, type MoveTools, setStatus } from './parts.js'
import { repairArriving, repairLeaving, repairPreparing, repairReverting } from './repair.js'

type Repair = (parts: MoveTools, context: RequestContext, instance: Instance) => Promise<void>

/** Steps of a move by the task of the instance, on the host that it is at. */
const repairs: Readonly<Record<string, Repair>> = {
  [TaskState.resizePrep]: repairPreparing,
  [TaskState.resizeMigrating]: repairLeaving,
  [TaskState.resizeMigrated]: repairArriving,
  [TaskState.resizeFinish]: repairArriving,
  [TaskState.resizeReverting]: repairReverting,
}

/** Tasks of moves that hosts hand to one another, each by a message that may be lost. */
export const handedTasks: readonly string[] = Object.keys(repairs)

/** Ends a move that stands at a step which nobody does any more; its owner sees why. */
export const endAbandonedMove = async (
  parts: MoveTools,
  context: RequestContext,
  instance: Instance,
): Promise<void> => {
  const { taskState } = instance
  const repair = repairs[taskState ?? '']
  if (!repair) return
  const why = new NovaException(`Task ${taskState} was interrupted between its hosts.`)
  await addInstanceFault(context, parts.services.host, instance, why)
  await repair(parts, context, instance)
}

/** Sends again, to this host, the confirmations of resizes from it that nobody has done since long ago. */
export const repeatConfirmations = async (parts: MoveTools): Promise<void> => {
  const { adminContext: context, host, options, compute, log } = parts.services
  const filters = { source_compute: host, status: 'confirming' }
  for (const migration of await MigrationList.getByFilters(context, filters)) {
    const last = migration.get('updatedAt') ?? migration.get('createdAt')
    if (!isOlder(last, options.abandonedAfter)) continue
    log.warn({ migration: migration.uuid }, 'confirming a resize that nobody confirms any more')
    try {
      const instance = await Instance.getByUuid(context, migration.instanceUuid ?? '')
      await compute.confirmResize(context, host, instance, migration)
    } catch (error) {
      if (!(error instanceof InstanceNotFound)) throw error
      await setStatus(migration, 'error')
      await freeSource(parts, context, migration)
    }
  }
}
