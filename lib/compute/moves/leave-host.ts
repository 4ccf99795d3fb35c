import type { RequestContext } from '../../context/index.js'
import { Flavor, Migration } from '../../objects/index.js'
import type { InstanceArgs } from '../guards.js'
import { guestOptions } from '../guest-options.js'
import type { ResizeInstanceArgs as WireArgs } from '../rpcapi.js'
import { TaskState } from '../states.js'
import {
  erringInstance,
  erringMigration,
  type MoveParts,
  setStatus,
  takeBackAllocations,
} from './parts.js'

export type ResizeInstanceArgs = InstanceArgs & Omit<WireArgs, 'instance'>

/**
 * The source's part of a resize or cold migration: the guest goes off, its disks go over, and from then
 * on the instance is the destination's (contract: flows.md 5).
 */
export const leaveHost = async (
  parts: MoveParts,
  context: RequestContext,
  args: ResizeInstanceArgs,
): Promise<void> => {
  const { instance, migration } = args
  if (!(migration instanceof Migration)) throw new TypeError('resize_instance needs a Migration')
  try {
    await erringMigration(parts, migration, () =>
      erringInstance(parts, instance, () => leave(parts, context, args, migration)),
    )
  } catch (error) {
    // It is here still, or what is left of it; elsewhere nothing is claimed for it any more.
    await takeBackAllocations(parts, context, instance, migration)
    throw error
  }
}

const leave = async (
  { services, tracker, networks, volumes }: MoveParts,
  context: RequestContext,
  args: ResizeInstanceArgs,
  migration: Migration,
): Promise<void> => {
  const { driver, compute, options } = services
  const { instance, flavor } = args
  if (!(flavor instanceof Flavor)) throw new TypeError('resize_instance needs a Flavor')
  const { destCompute, destNode } = migration
  if (!destCompute) throw new TypeError('the migration names no destination')
  const guest = await guestOptions(context, networks, instance)
  await setStatus(migration, 'migrating')
  instance.taskState = TaskState.resizeMigrating
  await instance.save({ expectedTaskState: TaskState.resizePrep })

  const diskInfo = await driver.migrateDiskAndPowerOff(context, instance, {
    ...guest,
    destination: migration.destHost,
    flavor,
    ...(args.clean_shutdown
      ? { timeout: options.shutdownTimeout, retryInterval: options.shutdownRetryInterval }
      : {}),
  })

  await volumes.disconnect(context, instance)
  await setStatus(migration, 'post-migrating')
  const { flavor: oldFlavor } = instance
  instance.host = destCompute
  instance.node = destNode
  instance.oldFlavor = oldFlavor
  instance.taskState = TaskState.resizeMigrated
  await instance.save({ expectedTaskState: TaskState.resizeMigrating })
  if (destCompute !== services.host) {
    await tracker.hold(instance.uuid, oldFlavor)
    await tracker.updateUsage(instance)
  }
  await compute.finishResize(context, destCompute, {
    instance,
    migration,
    image: args.image,
    disk_info: diskInfo,
    request_spec: args.request_spec,
  })
}
