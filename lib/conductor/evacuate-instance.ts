import { addInstanceFault } from '../compute/faults.js'
import { wrapInstanceEvent } from '../compute/guards.js'
import { VmState } from '../compute/states.js'
import type { RequestContext } from '../context/index.js'
import { MigrationNotFoundByStatus } from '../exception/index.js'
import { notify } from '../notifications/index.js'
import { type Instance, Migration, RequestSpec } from '../objects/index.js'
import { limitsDict } from './filter-properties.js'
import { claimOnForcedHost, nodeOf } from './move-allocations.js'
import type { RebuildInstanceArgs } from './rpcapi.js'
import { fillGroup, restrictToCell, selectDestinations } from './scheduling.js'
import type { ConductorServices } from './services.js'
import { tellFailed } from './tell-failed.js'

/**
 * Finds a host for a server whose own is down, and has it build the server anew (contract: flows.md 7).
 * What is claimed on the old host stays claimed until that one is back.
 *
 * @throws NoValidHost, …
 */
export const evacuateInstance = (
  services: ConductorServices,
  inCell: RequestContext,
  instance: Instance,
  args: RebuildInstanceArgs,
): Promise<void> =>
  wrapInstanceEvent(
    services.host,
    'rebuild_server',
  )(async () => {
    const migration = await acceptedMigration(inCell, instance)
    const spec =
      args.request_spec instanceof RequestSpec
        ? args.request_spec
        : await RequestSpec.getByInstanceUuid(inCell, instance.uuid)
    const { host, node, limits, zone } = await destination(services, inCell, instance, args, {
      spec,
      migration,
    })
    if (zone !== null) instance.availabilityZone = zone
    const { target_state: targetState } = args
    await notify(inCell, 'instance.rebuild_scheduled', { instance })
    await services.compute.rebuildInstance(inCell, host, {
      instance,
      orig_image_ref: args.orig_image_ref,
      image_ref: args.image_ref,
      injected_files: args.injected_files,
      new_pass: args.new_pass,
      orig_sys_metadata: args.orig_sys_metadata,
      bdms: args.bdms,
      recreate: true,
      on_shared_storage: args.on_shared_storage,
      preserve_ephemeral: false,
      migration,
      scheduled_node: node,
      limits,
      request_spec: spec,
      accel_uuids: [],
      reimage_boot_volume: false,
      ...(targetState ? { target_state: targetState } : {}),
    })
  })(inCell, { instance })

const destination = async (
  services: ConductorServices,
  inCell: RequestContext,
  instance: Instance,
  { host }: RebuildInstanceArgs,
  { spec, migration }: { readonly spec: RequestSpec; readonly migration: Migration | null },
) => {
  try {
    if (host) {
      const node = await nodeOf(inCell, host)
      await claimOnForcedHost(services, inCell, instance, instance.uuid, node)
      return { host, node: node.hypervisorHostname, limits: {}, zone: null }
    }
    spec.flavor = (await instance.load('flavor')).flavor
    await restrictToCell(inCell, spec)
    spec.ignoreHosts = instance.host ? [instance.host] : []
    await fillGroup(inCell, spec)
    const [hosts] = await selectDestinations(services, inCell, spec, [instance.uuid], {
      alternates: false,
    })
    const [chosen] = hosts ?? []
    if (!chosen) throw new TypeError('the scheduler answered with no host')
    return {
      host: chosen.serviceHost,
      node: chosen.nodename,
      limits: limitsDict(chosen.get('limits') ?? null),
      zone: chosen.get('availabilityZone') ?? null,
    }
  } catch (error) {
    services.log.warn({ err: error, instance: instance.uuid }, 'cannot evacuate an instance')
    if (migration) {
      migration.status = 'error'
      await migration.save()
    }
    // Whoever forced a host may force another.
    if (!host) instance.vmState = VmState.error
    instance.taskState = null
    await instance.save()
    await addInstanceFault(inCell, services.host, instance, error)
    await tellFailed(inCell, 'rebuild_server', instance, error, spec)
    throw error
  }
}

const acceptedMigration = async (
  inCell: RequestContext,
  { uuid }: Instance,
): Promise<Migration | null> => {
  try {
    return await Migration.getByInstanceAndStatus(inCell, uuid, 'accepted')
  } catch (error) {
    if (error instanceof MigrationNotFoundByStatus) return null
    throw error
  }
}
