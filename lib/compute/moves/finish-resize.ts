import type { RequestContext } from '../../context/index.js'
import { Migration } from '../../objects/index.js'
import type { InstanceArgs } from '../guards.js'
import { guestOptions } from '../guest-options.js'
import { powerStateOf } from '../power.js'
import type { FinishResizeArgs as WireArgs } from '../rpcapi.js'
import { TaskState, VmState } from '../states.js'
import {
  erringInstance,
  erringMigration,
  freeSource,
  type MoveParts,
  setFlavor,
  setStatus,
  tellScheduler,
} from './parts.js'

export type FinishResizeArgs = InstanceArgs & Omit<WireArgs, 'instance'>

/**
 * The destination's end of a resize or cold migration: the guest starts here, unless it was off, and
 * its owner may look at it before he says that it is well (contract: flows.md 5).
 */
export const finishResize = async (
  parts: MoveParts,
  context: RequestContext,
  args: FinishResizeArgs,
): Promise<void> => {
  const { instance, migration } = args
  if (!(migration instanceof Migration)) throw new TypeError('finish_resize needs a Migration')
  try {
    await erringMigration(parts, migration, () =>
      erringInstance(parts, instance, () => finish(parts, context, args, migration)),
    )
  } catch (error) {
    // The row says that it is here, and here it can be repaired; nothing leads back.
    await freeSource(parts, context, migration)
    throw error
  }
}

const finish = async (
  parts: MoveParts,
  context: RequestContext,
  args: FinishResizeArgs,
  migration: Migration,
): Promise<void> => {
  const { services, tracker, networks, volumes } = parts
  const { driver, host, network } = services
  const { instance } = args
  const { flavor: oldFlavor } = instance
  const newFlavor = instance.get('newFlavor')
  const isResize = migration.oldInstanceTypeId !== migration.newInstanceTypeId
  if (isResize && newFlavor) setFlavor(instance, newFlavor)
  await network.setupInstanceNetworkOnHost(context, instance, host)
  instance.taskState = TaskState.resizeFinish
  await instance.save({ expectedTaskState: TaskState.resizeMigrated })
  await volumes.connect(context, instance)
  const guest = await guestOptions(context, networks, instance)
  if (migration.sourceCompute === host) await tracker.hold(instance.uuid, oldFlavor)
  else await tracker.release(instance.uuid)
  await tracker.updateUsage(instance)

  const { flavor } = instance
  // Should it fail, it is of the new flavor nevertheless: that is what is claimed for it here.
  await driver.finishMigration(context, instance, {
    ...guest,
    diskInfo: args.disk_info,
    imageMeta: args.image,
    resizeInstance:
      isResize &&
      (['rootGb', 'swap', 'ephemeralGb'] as const).some(key => flavor[key] !== oldFlavor[key]),
    powerOn: instance.systemMetadata.old_vm_state !== VmState.stopped,
  })
  await setStatus(migration, 'finished')
  instance.powerState = await powerStateOf(driver, instance)
  instance.vmState = VmState.resized
  instance.taskState = null
  instance.launchedAt = new Date()
  await instance.save({ expectedTaskState: TaskState.resizeFinish })
  await tracker.updateUsage(instance)
  await tellScheduler(parts, context, instance)
}
