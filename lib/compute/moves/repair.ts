import type { RequestContext } from '../../context/index.js'
import { MigrationNotFoundByStatus } from '../../exception/index.js'
import { type Instance, LibvirtLiveMigrateData, Migration } from '../../objects/index.js'
import { guestOptions } from '../guest-options.js'
import { TaskState, VmState } from '../states.js'
import { freeSource, type MoveTools, setFlavor, setStatus, takeBackAllocations } from './parts.js'

/** The service died on its way out: what is left of the guest here is made whole again. */
export const repairLeaving = async (
  parts: MoveTools,
  context: RequestContext,
  instance: Instance,
): Promise<void> => {
  const { services, networks, tracker, volumes } = parts
  const migration = await migrationIn(context, instance, ['migrating', 'post-migrating'])
  const { old_vm_state: oldVmState, ...systemMetadata } = instance.systemMetadata
  try {
    await volumes.connect(context, instance)
    await services.driver.finishRevertMigration(context, instance, {
      ...(await guestOptions(context, networks, instance)),
      powerOn: oldVmState !== VmState.stopped,
    })
  } finally {
    instance.taskState = null
    instance.oldFlavor = null
    instance.newFlavor = null
    instance.systemMetadata = systemMetadata
    await instance.save()
    await instance.dropMigrationContext()
    await tracker.release(instance.uuid)
    if (migration) {
      await setStatus(migration, 'error')
      await takeBackAllocations(parts, context, instance, migration)
    }
  }
}

/** The service died while the guest was started here: nobody knows what of it is there. */
export const repairArriving = async (
  parts: MoveTools,
  context: RequestContext,
  instance: Instance,
): Promise<void> => {
  const migration = await migrationIn(context, instance, ['post-migrating', 'finished'])
  // That is what is claimed for it here.
  const newFlavor = instance.get('newFlavor')
  if (newFlavor) setFlavor(instance, newFlavor)
  instance.vmState = VmState.error
  instance.taskState = null
  await instance.save()
  if (!migration) return
  await setStatus(migration, 'error')
  await freeSource(parts, context, migration)
}

/** Nothing of the guest has moved: the room that was claimed elsewhere is given back. */
export const repairPreparing = async (
  parts: MoveTools,
  context: RequestContext,
  instance: Instance,
): Promise<void> => {
  const migration = await migrationIn(context, instance, ['pre-migrating', 'accepted'])
  instance.taskState = null
  await instance.save({ expectedTaskState: TaskState.resizePrep })
  await instance.dropMigrationContext()
  if (!migration) return
  await setStatus(migration, 'error')
  await takeBackAllocations(parts, context, instance, migration)
}

/** Which of its hosts has a guest that works, nobody knows; the instance is where its row says. */
export const repairReverting = async (
  parts: MoveTools,
  context: RequestContext,
  instance: Instance,
): Promise<void> => {
  const migration = await migrationIn(context, instance, ['reverting'])
  instance.vmState = VmState.error
  instance.taskState = null
  await instance.save({ expectedTaskState: TaskState.resizeReverting })
  if (!migration) return
  await setStatus(migration, 'error')
  if (instance.host === migration.destCompute) await freeSource(parts, context, migration)
  else await takeBackAllocations(parts, context, instance, migration)
}

/**
 * The service died while the guest was on its way. It is here still, and the other host forgets it; or
 * it has gone already, and the other host completes it.
 */
export const repairLive = async (
  parts: MoveTools,
  context: RequestContext,
  instance: Instance,
): Promise<void> => {
  const { services } = parts
  const migration = await migrationIn(context, instance, [
    'running',
    'preparing',
    'queued',
    'accepted',
  ])
  const destination = migration?.destCompute
  if (migration && destination && !(await services.driver.instanceExists(instance))) {
    return completeThere(parts, context, instance, migration, destination)
  }
  if (migration) {
    await setStatus(migration, 'error')
    await takeBackAllocations(parts, context, instance, migration)
    await parts.volumes.reconnect(context, instance)
    if (destination) {
      await services.network.setupInstanceNetworkOnHost(context, instance, services.host)
      await services.compute.rollbackLiveMigrationAtDestination(context, destination, {
        instance,
        destroy_disks: true,
        migrate_data: new LibvirtLiveMigrateData(context),
      })
    }
  }
  instance.taskState = null
  instance.progress = 0
  await instance.save()
}

const completeThere = async (
  parts: MoveTools,
  context: RequestContext,
  instance: Instance,
  migration: Migration,
  destination: string,
): Promise<void> => {
  const { services, volumes } = parts
  await services.compute.postLiveMigrationAtDestination(context, destination, instance)
  await volumes.dropStrays(context, instance)
  await setStatus(migration, 'completed')
  await freeSource(parts, context, migration)
}

const migrationIn = async (
  context: RequestContext,
  { uuid }: Instance,
  statuses: readonly string[],
): Promise<Migration | null> => {
  for (const status of statuses) {
    try {
      return await Migration.getByInstanceAndStatus(context, uuid, status)
    } catch (error) {
      if (!(error instanceof MigrationNotFoundByStatus)) throw error
    }
  }
  return null
}
