import { addInstanceFault } from '../compute/faults.js'
import { wrapInstanceEvent } from '../compute/guards.js'
import type { SchedulerLimitsDict } from '../compute/rpcapi.js'
import { VmState } from '../compute/states.js'
import type { RequestContext } from '../context/index.js'
import { notify } from '../notifications/index.js'
import { Instance, RequestSpec } from '../objects/index.js'
import { evacuateInstance } from './evacuate-instance.js'
import { limitsDict } from './filter-properties.js'
import type { RebuildInstanceArgs } from './rpcapi.js'
import { cellContextOf, selectDestinations } from './scheduling.js'
import type { ConductorServices } from './services.js'
import { tellFailed } from './tell-failed.js'

/** Where a rebuild goes. */
interface Destination {
  readonly host: string
  readonly node: string | null
  readonly limits: SchedulerLimitsDict | null
}

/**
 * Sends a rebuild to the server's host: at once, or, when it is to have another image, after the
 * scheduler said that the host can boot it (contract: flows.md 7).
 */
export const rebuildInstance = async (
  services: ConductorServices,
  context: RequestContext,
  args: RebuildInstanceArgs,
): Promise<void> => {
  const { instance, request_spec: spec } = args
  if (!(instance instanceof Instance)) throw new TypeError('rebuild_instance needs an Instance')
  const inCell = await cellContextOf(services, context, instance)
  instance.bind(inCell)
  if (args.recreate) return evacuateInstance(services, inCell, instance, args)
  await wrapInstanceEvent(
    services.host,
    'rebuild_server',
  )(async () => {
    const { host, node, limits } = args.host
      ? { host: args.host, node: null, limits: null }
      : await ownHost(services, inCell, args, instance, spec)
    await notify(inCell, 'instance.rebuild_scheduled', { instance })
    await services.compute.rebuildInstance(inCell, host, {
      instance,
      orig_image_ref: args.orig_image_ref,
      image_ref: args.image_ref,
      injected_files: args.injected_files,
      new_pass: args.new_pass,
      orig_sys_metadata: args.orig_sys_metadata,
      bdms: args.bdms,
      recreate: false,
      on_shared_storage: args.on_shared_storage,
      preserve_ephemeral: args.preserve_ephemeral ?? false,
      migration: null,
      scheduled_node: node,
      limits,
      request_spec: spec ?? null,
      accel_uuids: [],
      reimage_boot_volume: args.reimage_boot_volume ?? false,
    })
  })(inCell, { instance })
}

/** @throws NoValidHost, and then the server is in error, with the image that it had */
const ownHost = async (
  services: ConductorServices,
  inCell: RequestContext,
  args: RebuildInstanceArgs,
  instance: Instance,
  spec: unknown,
): Promise<Destination> => {
  try {
    const request =
      spec instanceof RequestSpec
        ? spec
        : await RequestSpec.getByInstanceUuid(inCell, instance.uuid)
    const [hosts] = await selectDestinations(services, inCell, request, [instance.uuid], {
      alternates: false,
    })
    const [chosen] = hosts ?? []
    if (!chosen) throw new TypeError('the scheduler answered with no host')
    return {
      host: chosen.serviceHost,
      node: chosen.nodename,
      limits: limitsDict(chosen.get('limits') ?? null),
    }
  } catch (error) {
    services.log.warn({ err: error, instance: instance.uuid }, 'cannot rebuild an instance')
    if (args.orig_image_ref && args.orig_image_ref !== args.image_ref) {
      // One whose root is a volume has no image of its own.
      if (instance.imageRef) instance.imageRef = args.orig_image_ref
      instance.systemMetadata = { ...args.orig_sys_metadata }
    }
    instance.vmState = VmState.error
    instance.taskState = null
    await instance.save()
    await addInstanceFault(inCell, services.host, instance, error)
    await tellFailed(inCell, 'rebuild_server', instance, error, spec)
    throw error
  }
}
