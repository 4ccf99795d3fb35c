import type { RequestContext } from '../../context/index.js'
import {
  ComputeResourcesUnavailable,
  InstanceEvacuateNotSupported,
  InstanceExists,
  InvalidSharedStorage,
} from '../../exception/index.js'
import { Migration } from '../../objects/index.js'
import { guestOptions } from '../guest-options.js'
import { powerStateOf } from '../power.js'
import type { RebuildArgs } from '../rebuild.js'
import { TaskState, VmState } from '../states.js'
import { erringInstance, isGone, type MoveParts, setStatus, tellScheduler } from './parts.js'

/**
 * Builds here what was on a host that is down: same ports, same volumes, a fresh disk unless the old one
 * can be reached from here (contract: flows.md 7). The row names this host once the guest is complete.
 */
export const takeOver = async (
  parts: MoveParts,
  context: RequestContext,
  args: RebuildArgs,
): Promise<void> => {
  const { services } = parts
  const { instance } = args
  const migration = args.migration instanceof Migration ? args.migration : null
  const wasOff = instance.vmState === VmState.stopped || args.target_state === VmState.stopped
  try {
    await erringInstance(parts, instance, () => build(parts, context, args, migration, wasOff))
  } catch (error) {
    if (migration) await setStatus(migration, 'failed')
    await freeHere(parts, context, instance.uuid)
    if (!isGone(error)) throw error
    services.log.info({ instance: instance.uuid }, 'instance deleted during its evacuation')
    return
  }
  if (wasOff) await parts.stop(context, instance)
  await tellScheduler(parts, context, instance)
}

const build = async (
  parts: MoveParts,
  context: RequestContext,
  args: RebuildArgs,
  migration: Migration | null,
  wasOff: boolean,
): Promise<void> => {
  const { services, tracker, networks, volumes } = parts
  const { driver, host, network } = services
  const { instance } = args
  const node = args.scheduled_node ?? tracker.nodename
  if (!node) throw new ComputeResourcesUnavailable({ reason: 'this host has no node yet' })
  const claim = migration
    ? await tracker.moveClaim(instance, node, instance.flavor, migration, args.limits ?? {})
    : null
  try {
    const imageMeta = await imageFor(parts, context, args)
    instance.powerState = await powerStateOf(driver, instance)
    instance.taskState = TaskState.rebuilding
    await instance.save({ expectedTaskState: TaskState.rebuilding })
    await network.setupInstanceNetworkOnHost(context, instance, host)
    instance.taskState = TaskState.rebuildBlockDeviceMapping
    await instance.save({ expectedTaskState: TaskState.rebuilding })
    await volumes.disconnect(context, instance)
    await volumes.connect(context, instance)
    instance.taskState = TaskState.rebuildSpawning
    await instance.save({ expectedTaskState: TaskState.rebuildBlockDeviceMapping })
    await driver.spawn(context, instance, {
      ...(await guestOptions(context, networks, instance)),
      imageMeta,
      injectedFiles: args.injected_files ?? [],
      adminPassword: args.new_pass ?? null,
    })
  } catch (error) {
    await claim?.abort(context)
    throw error
  }
  instance.powerState = await powerStateOf(driver, instance)
  instance.vmState = VmState.active
  instance.taskState = wasOff ? TaskState.poweringOff : null
  instance.launchedAt = new Date()
  await instance.save({ expectedTaskState: TaskState.rebuildSpawning })

  instance.host = host
  instance.node = node
  await instance.save()
  await tracker.release(instance.uuid)
  await tracker.updateUsage(instance)
  if (!migration) return
  await instance.dropMigrationContext()
  await setStatus(migration, 'done')
}

/** @returns the image to make its disk of; `{}` when the disk is there */
const imageFor = async (
  { services: { driver, image } }: MoveParts,
  context: RequestContext,
  { instance, on_shared_storage: shared }: RebuildArgs,
): Promise<Readonly<Record<string, unknown>>> => {
  if (!driver.capabilities.supportsEvacuate) throw new InstanceEvacuateNotSupported()
  if (await driver.instanceExists(instance)) {
    throw new InstanceExists({ name: instance.uuid })
  }
  const onDisk = await driver.instanceOnDisk(instance)
  if (shared !== null && shared !== onDisk) {
    throw new InvalidSharedStorage({
      path: 'instances_path',
      reason: 'Invalid state of instance files on shared storage',
    })
  }
  if (onDisk || !instance.imageRef) return {}
  return { ...(await image.get(context, instance.imageRef)) }
}

/** What was claimed on this host for an instance that did not come. */
const freeHere = async (
  { services: { allocations }, tracker }: MoveParts,
  context: RequestContext,
  uuid: string,
): Promise<void> => {
  const { providerUuid } = tracker
  if (providerUuid) await allocations.removeAllocations(context, uuid, providerUuid)
}
