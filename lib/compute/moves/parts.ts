import type { RequestContext } from '../../context/index.js'
import {
  InstanceFaultRollback,
  InstanceNotFound,
  UnexpectedDeletingTaskStateError,
  UnexpectedTaskStateError,
} from '../../exception/index.js'
import { type Flavor, Instance, InstanceList, type Migration } from '../../objects/index.js'
import type { KeyedLock } from '../../util/keyed-lock.js'
import type { GuestVolumes } from '../guest-volumes.js'
import type { InstanceNetworks } from '../networking.js'
import type { ResourceTracker } from '../resource-tracker.js'
import type { ComputeServices } from '../services.js'
import { TaskState, VmState } from '../states.js'

export interface MoveTools {
  readonly services: ComputeServices
  readonly tracker: ResourceTracker
  readonly networks: InstanceNetworks
  readonly volumes: GuestVolumes
  readonly locks: KeyedLock
}

/** What moves of instances between hosts work with. */
export interface MoveParts extends MoveTools {
  /** Switches a guest off that was off before, as an event of the action under way. */
  readonly stop: (context: RequestContext, instance: Instance) => Promise<void>
}

/** The instance was deleted, or is about to be. */
export const isGone = (error: unknown): boolean =>
  error instanceof InstanceNotFound || error instanceof UnexpectedDeletingTaskStateError

/**
 * Work that leaves the instance in error when it fails. What fails with an InstanceFaultRollback has
 * put everything back: then the instance is as it was.
 *
 * @throws what the work failed of
 */
export const erringInstance = async <T>(
  { services: { log } }: MoveParts,
  instance: Instance,
  work: () => Promise<T>,
): Promise<T> => {
  const { vmState } = instance
  try {
    return await work()
  } catch (error) {
    const rolledBack = error instanceof InstanceFaultRollback
    if (!isGone(error)) {
      try {
        instance.vmState = rolledBack ? vmState : VmState.error
        if (rolledBack) instance.taskState = null
        await instance.save()
      } catch (failure) {
        log.warn({ err: failure, instance: instance.uuid }, 'cannot write down that a move failed')
      }
    }
    throw rolledBack ? (error.cause ?? error) : error
  }
}

/** Work whose failure ends the migration in error. @throws what the work failed of */
export const erringMigration = async <T>(
  { services: { log } }: MoveParts,
  migration: Migration,
  work: () => Promise<T>,
): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    try {
      await setStatus(migration, 'error')
    } catch (failure) {
      log.warn({ err: failure, migration: migration.uuid }, 'cannot fail a migration')
    }
    throw error
  }
}

/** The task of a live migration is over, unless the instance was taken up by somebody else, or deleted. */
export const endMigrating = async (instance: Instance): Promise<void> => {
  instance.taskState = null
  try {
    await instance.save({ expectedTaskState: TaskState.migrating })
  } catch (error) {
    if (!(error instanceof InstanceNotFound || error instanceof UnexpectedTaskStateError))
      throw error
  }
}

export const setStatus = async (migration: Migration, status: string): Promise<void> => {
  migration.status = status
  await migration.save()
}

/**
 * The room on the host that is left belongs to the instance again, and no other does. One that is
 * being deleted meanwhile gets nothing: nobody would give it back.
 */
export const takeBackAllocations = async (
  { services: { allocations } }: MoveTools,
  context: RequestContext,
  instance: Instance,
  migration: Migration,
): Promise<void> => {
  await allocations.moveAllocations(context, migration.uuid, instance)
  if (await isDeleted(context, instance))
    await allocations.removeAllocations(context, instance.uuid)
}

/** Its deletion writes this down before it gives back its room. */
const isDeleted = async (context: RequestContext, { uuid }: Instance): Promise<boolean> => {
  try {
    const { vmState } = await Instance.getByUuid(context, uuid, { expectedAttrs: [] })
    return vmState === VmState.deleted
  } catch (error) {
    if (error instanceof InstanceNotFound) return true
    throw error
  }
}

/** There is no way back: the room that the migration held on the host that was left is free. */
export const freeSource = async (
  { services: { allocations } }: MoveTools,
  context: RequestContext,
  migration: Migration,
): Promise<void> => {
  await allocations.releaseAllocations(context, migration.uuid)
}

/** The instance is of this flavor from now on; saved by the caller. */
export const setFlavor = (instance: Instance, flavor: Flavor): void => {
  instance.instanceTypeId = flavor.id
  instance.memoryMb = flavor.memoryMb
  instance.vcpus = flavor.vcpus
  instance.rootGb = flavor.rootGb
  instance.ephemeralGb = flavor.ephemeralGb
  instance.flavor = flavor
}

/** Tells the schedulers that it is here. */
export const tellScheduler = async (
  { services: { host, scheduler, options } }: MoveParts,
  context: RequestContext,
  instance: Instance,
): Promise<void> => {
  if (!options.trackInstanceChanges) return
  const list = new InstanceList(context, { objects: [instance] })
  await scheduler.updateInstanceInfo(context, host, list)
}

/** Tells the schedulers that it is here no more. */
export const untellScheduler = async (
  { services: { host, scheduler, options } }: MoveParts,
  context: RequestContext,
  { uuid }: Instance,
): Promise<void> => {
  if (options.trackInstanceChanges) await scheduler.deleteInstanceInfo(context, host, uuid)
}
