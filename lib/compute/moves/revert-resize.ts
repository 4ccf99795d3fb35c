import type { RequestContext } from '../../context/index.js'
import { Migration } from '../../objects/index.js'
import type { InstanceArgs } from '../guards.js'
import { guestOptions } from '../guest-options.js'
import { powerStateOf } from '../power.js'
import type { MoveArgs } from '../rpcapi.js'
import { TaskState, VmState } from '../states.js'
import {
  erringInstance,
  erringMigration,
  type MoveParts,
  setFlavor,
  setStatus,
  takeBackAllocations,
  tellScheduler,
  untellScheduler,
} from './parts.js'

export type RevertArgs = InstanceArgs & Omit<MoveArgs, 'instance'>

/** On the destination: the guest goes, and the source is told to bring back its own. */
export const revertResize = (
  parts: MoveParts,
  context: RequestContext,
  args: RevertArgs,
): Promise<void> => {
  const { instance } = args
  const migration = migrationOf(args)
  const { services, tracker, networks, volumes } = parts
  const { driver, host, compute, network } = services
  return erringMigration(parts, migration, () =>
    erringInstance(parts, instance, async () => {
      const { sourceCompute } = migration
      if (!sourceCompute) throw new TypeError('the migration names no source')
      await network.cleanupInstanceNetworkOnHost(context, instance, host)
      const guest = await guestOptions(context, networks, instance)
      await driver.destroy(context, instance, { ...guest, destroyDisks: sourceCompute !== host })
      await volumes.disconnect(context, instance)
      await tracker.forget(instance.uuid)
      if (sourceCompute !== host) await untellScheduler(parts, context, instance)
      await compute.finishRevertResize(context, sourceCompute, {
        instance,
        migration,
        request_spec: args.request_spec,
      })
    }),
  )
}

/** On the source: the guest that was kept starts again, unless it was off. */
export const finishRevertResize = (
  parts: MoveParts,
  context: RequestContext,
  args: RevertArgs,
): Promise<void> => {
  const { instance } = args
  const migration = migrationOf(args)
  return erringMigration(parts, migration, () =>
    erringInstance(parts, instance, () => comeBack(parts, context, args, migration)),
  )
}

const comeBack = async (
  parts: MoveParts,
  context: RequestContext,
  { instance }: RevertArgs,
  migration: Migration,
): Promise<void> => {
  const { services, tracker, networks, volumes } = parts
  const { driver, host, network } = services
  const { old_vm_state: oldVmState, ...systemMetadata } = instance.systemMetadata
  const wasOff = oldVmState === VmState.stopped
  const oldFlavor = instance.get('oldFlavor')
  if (oldFlavor) setFlavor(instance, oldFlavor)
  instance.oldFlavor = null
  instance.newFlavor = null
  instance.systemMetadata = systemMetadata
  instance.host = host
  instance.node = migration.sourceNode
  await instance.save({ expectedTaskState: TaskState.resizeReverting })
  await tracker.release(instance.uuid)
  await tracker.updateUsage(instance)
  await takeBackAllocations(parts, context, instance, migration)
  await network.setupInstanceNetworkOnHost(context, instance, host)
  await volumes.connect(context, instance)
  const guest = await guestOptions(context, networks, instance)
  await driver.finishRevertMigration(context, instance, { ...guest, powerOn: !wasOff })

  await instance.dropMigrationContext()
  instance.launchedAt = new Date()
  instance.powerState = await powerStateOf(driver, instance)
  await setStatus(migration, 'reverted')
  instance.vmState = VmState.active
  instance.taskState = wasOff ? TaskState.poweringOff : null
  await instance.save({ expectedTaskState: TaskState.resizeReverting })
  if (wasOff) await parts.stop(context, instance)
  await tellScheduler(parts, context, instance)
}

const migrationOf = ({ migration }: RevertArgs): Migration => {
  if (migration instanceof Migration) return migration
  throw new TypeError('a revert needs its Migration')
}
