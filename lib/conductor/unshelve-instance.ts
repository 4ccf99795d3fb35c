import { addInstanceFault } from '../compute/faults.js'
import { wrapInstanceEvent } from '../compute/guards.js'
import { TaskState, VmState } from '../compute/states.js'
import type { RequestContext } from '../context/index.js'
import {
  ImageNotFound,
  NoValidHost,
  UnshelveException,
  UnsupportedPolicyException,
} from '../exception/index.js'
import type { ImageDict } from '../image/api.js'
import { Instance, RequestSpec, type Selection } from '../objects/index.js'
import { legacyFilterProperties, withHost } from './filter-properties.js'
import type { UnshelveInstanceArgs } from './rpcapi.js'
import { cellContextOf, fillGroup, restrictToCell, selectDestinations } from './scheduling.js'
import type { ConductorServices } from './services.js'

/**
 * Brings a shelved server back: started on its host, or, when it has none any more, spawned from its
 * snapshot on a host of its cell that the scheduler finds (contract: flows.md 8).
 */
export const unshelveInstance = async (
  services: ConductorServices,
  context: RequestContext,
  args: UnshelveInstanceArgs,
): Promise<void> => {
  const { instance } = args
  if (!(instance instanceof Instance)) throw new TypeError('unshelve_instance needs an Instance')
  const inCell = await cellContextOf(services, context, instance)
  instance.bind(inCell)
  if (instance.vmState === VmState.shelved) {
    instance.taskState = TaskState.poweringOn
    await instance.save({ expectedTaskState: TaskState.unshelving })
    return services.compute.startInstance(inCell, instance)
  }
  if (instance.vmState !== VmState.shelvedOffloaded) {
    services.log.error({ instance: instance.uuid, vm_state: instance.vmState }, 'not shelved')
    instance.vmState = VmState.error
    return instance.save()
  }
  const image = await imageOf(services, inCell, instance)
  const spec =
    args.request_spec instanceof RequestSpec
      ? args.request_spec
      : await RequestSpec.getByInstanceUuid(inCell, instance.uuid)
  const chosen = await hostFor(services, inCell, instance, spec)
  if (!chosen) return
  instance.availabilityZone = chosen.get('availabilityZone') ?? null
  await services.compute.unshelveInstance(inCell, chosen.serviceHost, {
    instance,
    request_spec: spec,
    image: image && { ...image },
    filter_properties: withHost(legacyFilterProperties(spec), chosen),
    node: chosen.nodename,
    accel_uuids: [],
  })
}

/** @throws UnshelveException, and then the server is in error, when its snapshot is gone */
const imageOf = async (
  { images, host }: ConductorServices,
  inCell: RequestContext,
  instance: Instance,
): Promise<ImageDict | null> => {
  const id = instance.systemMetadata.shelved_image_id
  // One whose root is a volume was shelved without a snapshot.
  if (!id) return null
  return wrapInstanceEvent(
    host,
    'get_image_info',
  )(async () => {
    try {
      return await images.get(inCell, id)
    } catch (error) {
      if (!(error instanceof ImageNotFound)) {
        await keepShelved(instance)
        throw error
      }
      instance.vmState = VmState.error
      await keepShelved(instance)
      const reason = `Unshelve attempted but the image ${id} cannot be found.`
      const failure = new UnshelveException({ instance_id: instance.uuid, reason })
      await addInstanceFault(inCell, host, instance, failure)
      throw failure
    }
  })(inCell, { instance })
}

/** @returns null when no host has room: then the server stays shelved, and can be tried again */
const hostFor = async (
  services: ConductorServices,
  inCell: RequestContext,
  instance: Instance,
  spec: RequestSpec,
): Promise<Selection | null> => {
  const { host, log } = services
  try {
    return await wrapInstanceEvent(
      host,
      'schedule_instances',
    )(async () => {
      // Not of the one that a resize which failed has left there.
      spec.flavor = (await instance.load('flavor')).flavor
      await restrictToCell(inCell, spec)
      await fillGroup(inCell, spec)
      const [hosts] = await selectDestinations(services, inCell, spec, [instance.uuid], {
        alternates: false,
      })
      const [chosen] = hosts ?? []
      if (!chosen) throw new TypeError('the scheduler answered with no host')
      return chosen
    })(inCell, { instance })
  } catch (error) {
    await keepShelved(instance)
    await addInstanceFault(inCell, host, instance, error)
    if (!(error instanceof NoValidHost || error instanceof UnsupportedPolicyException)) throw error
    log.warn({ err: error, instance: instance.uuid }, 'no host for a server to be unshelved')
    return null
  }
}

const keepShelved = async (instance: Instance): Promise<void> => {
  instance.taskState = null
  await instance.save()
}
