import type { RequestContext } from '../../context/index.js'
import { type Instance, NovaObject, VIFMigrateData } from '../../objects/index.js'
import type { MigrateData } from '../../virt/driver.js'
import type { InstanceArgs } from '../guards.js'
import { guestOptions } from '../guest-options.js'
import { powerStateOf } from '../power.js'
import { VmState } from '../states.js'
import { attachVolumesHere, connectionsOf, restoreAttachments } from './live-volumes.js'
import { endMigrating, type MoveParts, tellScheduler } from './parts.js'

export interface CheckDestinationArgs extends InstanceArgs {
  readonly block_migration: boolean | null
  readonly disk_over_commit: boolean | null
}

export interface PreLiveMigrationArgs extends InstanceArgs {
  readonly disk: string | null
  readonly migrate_data: MigrateData
}

export interface RollbackArgs extends InstanceArgs {
  readonly destroy_disks: boolean
}

/** Whether a live migration can come here; the source is asked too. @throws what forbids it */
export const checkDestination = async (
  { networks, services: { driver, compute, network } }: MoveParts,
  context: RequestContext,
  { instance, ...args }: CheckDestinationArgs,
): Promise<MigrateData> => {
  const data = await driver.checkCanLiveMigrateDestination(context, instance, {
    blockMigration: args.block_migration,
    diskOverCommit: args.disk_over_commit ?? false,
  })
  try {
    const checked = await compute.checkCanLiveMigrateSource(context, instance, data)
    // A conductor of nova's binds the ports that it finds there, and says there what came of it.
    if (!hasVifs(checked) && (await network.bindsAhead(context))) {
      const vifs = networks
        .cached(instance)
        .map(vif => new VIFMigrateData(context, { portId: vif.id, sourceVif: JSON.stringify(vif) }))
      Reflect.set(checked, 'vifs', vifs)
    }
    return checked
  } finally {
    await driver.cleanupLiveMigrationDestinationCheck(context, data)
  }
}

const hasVifs = (data: MigrateData): boolean => data instanceof NovaObject && data.isSet('vifs')

/** Room, volumes and interfaces are made ready for the guest that is to come. */
export const prepareLive = async (
  parts: MoveParts,
  context: RequestContext,
  { instance, disk, migrate_data: data }: PreLiveMigrationArgs,
): Promise<MigrateData> => {
  const { services, tracker, networks } = parts
  await tracker.hold(instance.uuid, instance.flavor)
  const connections = await connectionsOf(context, instance)
  const old = await attachVolumesHere(parts, context, instance)
  Reflect.set(data, 'oldVolAttachmentIds', old)
  try {
    const guest = await guestOptions(context, networks, instance)
    const options = { ...guest, diskInfo: disk }
    return await services.driver.preLiveMigration(context, instance, data, options)
  } catch (error) {
    // The source does not hear what was attached here, so it cannot take that back.
    await restoreAttachments(parts, context, instance, old, connections)
    throw error
  }
}

/** The guest has come. Whatever fails now, it is here. */
export const completeLive = async (
  parts: MoveParts,
  context: RequestContext,
  instance: Instance,
): Promise<void> => {
  const { services, tracker, networks } = parts
  const { driver, host, network } = services
  try {
    await network.setupInstanceNetworkOnHost(context, instance, host)
    const guest = await guestOptions(context, networks, instance)
    await driver.postLiveMigrationAtDestination(context, instance, guest)
  } catch (error) {
    instance.vmState = VmState.error
    throw error
  } finally {
    instance.powerState = await powerStateOf(driver, instance)
    instance.host = host
    instance.node = tracker.nodename ?? host
    instance.progress = 0
    // It is here whatever else is asked of it; only the task may be somebody else's by now.
    await instance.save()
    await endMigrating(instance)
    await tracker.release(instance.uuid)
    await tracker.updateUsage(instance)
    await tellScheduler(parts, context, instance)
  }
}

/** The guest does not come. */
export const rollBackLive = async (
  { services: { driver }, tracker, networks }: MoveParts,
  context: RequestContext,
  { instance, destroy_disks: destroyDisks }: RollbackArgs,
): Promise<void> => {
  try {
    await driver.rollbackLiveMigrationAtDestination(context, instance, {
      networkInfo: networks.cached(instance),
      blockDeviceInfo: null,
      destroyDisks,
    })
  } finally {
    await tracker.release(instance.uuid)
  }
}
