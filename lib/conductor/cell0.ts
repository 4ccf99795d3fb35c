import { addInstanceFault, faultMessage, traceback } from '../compute/faults.js'
import { VmState } from '../compute/states.js'
import type { RequestContext } from '../context/index.js'
import {
  BuildRequestNotFound,
  CellMappingNotFound,
  InstanceExists,
  InstanceMappingNotFound,
} from '../exception/index.js'
import {
  type BlockDeviceMapping,
  type BuildRequest,
  CellMapping,
  Instance,
  InstanceAction,
  InstanceActionEvent,
  InstanceMapping,
} from '../objects/index.js'
import { createBlockDevices, createTags, newInstance } from './instance-rows.js'
import type { ConductorServices } from './services.js'
import { tellFailed } from './tell-failed.js'

const EVENT = 'conductor_schedule_and_build_instances'

export interface Burial {
  readonly buildRequests: readonly BuildRequest[]
  readonly blockDevices: Iterable<BlockDeviceMapping>
  readonly tags: unknown
  /** Why none of them gets a host. */
  readonly reason: unknown
}

/**
 * Gives instances that no host takes their rows in cell0: in error, with a fault and a failed
 * `create` action, for their owner to see and delete.
 */
export const buryInCell0 = async (
  context: RequestContext,
  services: ConductorServices,
  { buildRequests, blockDevices, tags, reason }: Burial,
): Promise<void> => {
  const { log } = services
  let cell0: CellMapping
  try {
    cell0 = await CellMapping.getByUuid(context, CellMapping.cell0Uuid)
  } catch (error) {
    if (!(error instanceof CellMappingNotFound)) throw error
    log.error({ err: reason }, 'no cell mapping for cell0: instances without a host are lost')
    return
  }
  const inCell0 = await services.cells.target(context, cell0)
  for (const request of buildRequests) {
    try {
      await bury(context, inCell0, services, cell0, request, { blockDevices, tags, reason })
    } catch (error) {
      // The others are to be seen all the same.
      log.error({ err: error, instance: request.instanceUuid }, 'cannot write an instance to cell0')
    }
  }
}

const bury = async (
  context: RequestContext,
  inCell0: RequestContext,
  services: ConductorServices,
  cell0: CellMapping,
  request: BuildRequest,
  { blockDevices, tags, reason }: Omit<Burial, 'buildRequests'>,
): Promise<void> => {
  const instance = newInstance(inCell0, request)
  try {
    await instance.create()
  } catch (error) {
    if (!(error instanceof InstanceExists)) throw error
    // Its burial was broken off: the row is there, and its request still shows it as being built.
    return settle(context, services, cell0, request, {
      instance: await Instance.getByUuid(inCell0, instance.uuid),
      reason,
    })
  }
  await createBlockDevices(inCell0, instance, blockDevices)
  await createTags(inCell0, instance, tags)

  await InstanceAction.actionStart(inCell0, instance.uuid, 'create', { wantResult: false })
  await InstanceActionEvent.eventStart(inCell0, instance.uuid, EVENT, {
    wantResult: false,
    host: services.host,
  })
  await InstanceActionEvent.eventFinishWithFailure(inCell0, instance.uuid, EVENT, {
    excVal: faultMessage(reason),
    excTb: traceback(reason),
    wantResult: false,
  })

  await settle(context, services, cell0, request, { instance, reason })
}

const settle = async (
  context: RequestContext,
  services: ConductorServices,
  cell0: CellMapping,
  request: BuildRequest,
  { instance, reason }: { readonly instance: Instance; readonly reason: unknown },
): Promise<void> => {
  const inCell0 = instance.requireContext('save')
  await addInstanceFault(inCell0, services.host, instance, reason)
  instance.vmState = VmState.error
  instance.taskState = null
  await instance.save()
  await tellFailed(inCell0, 'build_instances', instance, reason)

  try {
    const mapping = await InstanceMapping.getByInstanceUuid(context, instance.uuid)
    mapping.cellMapping = cell0
    await mapping.save()
  } catch (error) {
    if (!(error instanceof InstanceMappingNotFound)) throw error
  }
  try {
    await request.bind(context).destroy()
  } catch (error) {
    if (!(error instanceof BuildRequestNotFound)) throw error
    // Deleted by its owner meanwhile: then so is this.
    await instance.destroy()
  }
}
