import { addInstanceFault } from '../compute/faults.js'
import { TaskState, VmState } from '../compute/states.js'
import type { RequestContext } from '../context/index.js'
import {
  BuildAbortException,
  BuildRequestNotFound,
  InstanceMappingNotFound,
} from '../exception/index.js'
import {
  BuildRequest,
  BuildRequestList,
  type CellMapping,
  type Instance,
  InstanceList,
  InstanceMapping,
} from '../objects/index.js'
import { removeAllocations } from '../scheduler/claims.js'
import { buryInCell0 } from './cell0.js'
import type { ConductorServices } from './services.js'

export interface AbandonedBuildsOptions extends ConductorServices {
  /** Enabled cells; cell0 among them does no harm. */
  readonly mappings: (context: RequestContext) => Promise<readonly CellMapping[]>
}

/**
 * Ends, in error, builds that nobody works on any more: a message is acknowledged when its method
 * begins, so what a conductor, or a compute that had not yet taken the instance, was doing when it
 * was killed comes back to nobody. The owner sees an instance in error, and may delete it.
 *
 * @param before  only what was last touched before that: younger ones may still be worked on; null: all
 * @returns how many were ended
 */
export const endAbandonedBuilds = async (
  context: RequestContext,
  options: AbandonedBuildsOptions,
  before: Date | null,
): Promise<number> => {
  const isOld = (...times: readonly (Date | null | undefined)[]): boolean => {
    const last = times.find(time => time instanceof Date)
    return before === null || last === undefined || last === null || last < before
  }
  let ended = 0
  for (const mapping of await options.mappings(context)) {
    const inCell = await options.cells.target(context, mapping)
    const waiting = await InstanceList.getByFilters(inCell, {
      deleted: false,
      vm_state: VmState.building,
      task_state: TaskState.scheduling,
    })
    for (const instance of waiting) {
      if (instance.get('host') || !isOld(instance.get('updatedAt'), instance.get('createdAt'))) {
        continue
      }
      await endInCell(context, inCell, options, mapping, instance)
      ended++
    }
  }
  const requests = (await BuildRequestList.ofProject(context, null)).objects.filter(request =>
    isOld(request.get('updatedAt'), request.get('createdAt')),
  )
  for (const request of requests) {
    if (!(await isUnplaced(context, request))) continue
    await removeAllocations(options.api, request.instanceUuid)
    await buryInCell0(context, options, {
      buildRequests: [request],
      blockDevices: request.get('blockDeviceMappings')?.objects ?? [],
      tags: request.get('tags'),
      reason: interrupted(request.instanceUuid),
    })
    ended++
  }
  if (ended > 0) options.log.warn({}, `Ended ${ended} builds that nobody worked on any more`)
  return ended
}

/** Its row is in a cell, but no host has it. */
const endInCell = async (
  context: RequestContext,
  inCell: RequestContext,
  { api, host }: ConductorServices,
  cell: CellMapping,
  instance: Instance,
): Promise<void> => {
  await removeAllocations(api, instance.uuid)
  instance.vmState = VmState.error
  instance.taskState = null
  await instance.save()
  await addInstanceFault(inCell, host, instance, interrupted(instance.uuid))
  try {
    const mapping = await InstanceMapping.getByInstanceUuid(context, instance.uuid)
    if (!mapping.cellMapping) {
      mapping.cellMapping = cell
      await mapping.save()
    }
    await (await BuildRequest.getByInstanceUuid(context, instance.uuid)).destroy()
  } catch (error) {
    const isGone = error instanceof InstanceMappingNotFound || error instanceof BuildRequestNotFound
    if (!isGone) throw error
  }
}

/** Whether a request still stands for its instance: no cell has a row of it. */
const isUnplaced = async (context: RequestContext, request: BuildRequest): Promise<boolean> => {
  try {
    const { cellMapping } = await InstanceMapping.getByInstanceUuid(context, request.instanceUuid)
    return cellMapping === null
  } catch (error) {
    if (error instanceof InstanceMappingNotFound) return true
    throw error
  }
}

const interrupted = (uuid: string): BuildAbortException =>
  new BuildAbortException({
    instance_uuid: uuid,
    reason: 'it was interrupted before a host had it.',
  })
