import type { RequestContext } from '../context/index.js'
import { InstanceNotFound } from '../exception/index.js'
import { type Flavor, Instance, type Migration, MigrationList } from '../objects/index.js'
import { TaskState, VmState } from './states.js'

/** Room that a node holds for a move. */
export interface HeldRoom {
  readonly uuid: string
  readonly flavor: Flavor
}

const movingTasks: readonly (string | null)[] = [
  TaskState.resizePrep,
  TaskState.resizeMigrating,
  TaskState.resizeMigrated,
  TaskState.resizeFinish,
  TaskState.resizeReverting,
  TaskState.rebuilding,
  TaskState.rebuildBlockDeviceMapping,
  TaskState.rebuildSpawning,
  TaskState.migrating,
]

/**
 * The moves from and to a node that still need room there, as their rows tell it.
 *
 * @param isHere  whether an instance is counted as one of the node's own
 */
export const movesUnderWay = async (
  context: RequestContext,
  host: string,
  node: string,
  isHere: (uuid: string) => boolean,
): Promise<HeldRoom[]> => {
  const { objects } = await MigrationList.getInProgressAndError(context, host, node)
  // Of several of one instance the newest counts.
  const newest = new Map(
    [...objects].sort((a, b) => a.id - b.id).map(one => [one.instanceUuid, one]),
  )
  const held: HeldRoom[] = []
  for (const [uuid, migration] of newest) {
    if (!uuid) continue
    const flavor = await roomOf(context, migration, uuid, host, isHere(uuid))
    if (flavor) held.push({ uuid, flavor })
  }
  return held
}

const roomOf = async (
  context: RequestContext,
  migration: Migration,
  uuid: string,
  host: string,
  isHere: boolean,
): Promise<Flavor | null> => {
  const from = migration.sourceCompute === host
  const to = migration.destCompute === host
  if (isHere && !(from && to)) return null
  const instance = await find(context, uuid)
  if (!instance || !isMoving(instance)) return null
  if (!(await isItsLast(context, migration, uuid))) return null
  const { flavor } = instance
  const [old, next] = [instance.get('oldFlavor'), instance.get('newFlavor')]
  if (from && to) {
    return (flavor.id === migration.oldInstanceTypeId ? next : old) ?? flavor
  }
  return (to ? next : old) ?? flavor
}

/** One that failed counts while its server is still at it, and not when another move has begun. */
const isItsLast = async (
  context: RequestContext,
  { id, status }: Migration,
  uuid: string,
): Promise<boolean> => {
  if (status !== 'error') return true
  const { objects } = await MigrationList.getByFilters(context, { instance_uuid: uuid })
  return objects.every(other => other.id <= id)
}

const find = async (context: RequestContext, uuid: string): Promise<Instance | null> => {
  try {
    return await Instance.getByUuid(context, uuid, { expectedAttrs: ['flavor'] })
  } catch (error) {
    if (error instanceof InstanceNotFound) return null
    throw error
  }
}

const isMoving = ({ vmState, taskState }: Instance): boolean =>
  vmState === VmState.resized || movingTasks.includes(taskState)
