import { TaskState, VmState } from '../compute/states.js'
import type { RequestContext } from '../context/index.js'
import { BuildAbortException, InstanceMappingNotFound } from '../exception/index.js'
import {
  type BuildRequest,
  BuildRequestList,
  type CellMapping,
  type Instance,
  InstanceList,
  InstanceMapping,
} from '../objects/index.js'
import { buryInCell0 } from './cell0.js'
import { endInCell } from './end-build.js'
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
  // One that cannot be ended now hinders no other, and has its next turn.
  const end = async (uuid: string, work: () => Promise<boolean>): Promise<void> => {
    try {
      if (await work()) ended++
    } catch (error) {
      options.log.error({ err: error, instance: uuid }, 'cannot end an abandoned build')
    }
  }
  const endIn = async (cell: CellMapping): Promise<void> => {
    const inCell = await options.cells.target(context, cell)
    const building = await InstanceList.getByFilters(inCell, {
      deleted: false,
      vm_state: VmState.building,
    })
    for (const instance of building) {
      if (!isWaiting(instance)) continue
      if (!isOld(instance.get('updatedAt'), instance.get('createdAt'))) continue
      const reason = interrupted(instance.uuid)
      await end(instance.uuid, async () => {
        await endInCell(context, inCell, options, { cell, instance, reason })
        return true
      })
    }
  }
  for (const cell of await options.mappings(context)) {
    // One that is down hinders no other.
    await endIn(cell).catch(error =>
      options.log.warn(
        { err: error, cell: cell.uuid },
        `Cannot look for abandoned builds in cell ${cell.uuid}`,
      ),
    )
  }
  const requests = (await BuildRequestList.ofProject(context, null)).objects.filter(request =>
    isOld(request.get('updatedAt'), request.get('createdAt')),
  )
  for (const request of requests) {
    await end(request.instanceUuid, async () => {
      if (!(await isUnplaced(context, request))) return false
      await options.claims.removeAllocations(context, request.instanceUuid)
      await buryInCell0(context, options, {
        buildRequests: [request],
        blockDevices: request.get('blockDeviceMappings')?.objects ?? [],
        tags: request.get('tags'),
        reason: interrupted(request.instanceUuid),
      })
      return true
    })
  }
  if (ended > 0) options.log.warn({}, `Ended ${ended} builds that nobody worked on any more`)
  return ended
}

/**
 * No host has it: for none it was chosen, the host went when it had only begun to look at it, or
 * nova-api went while it deleted it.
 */
const isWaiting = (instance: Instance): boolean =>
  !instance.get('host') &&
  (instance.taskState === TaskState.scheduling ||
    instance.taskState === TaskState.deleting ||
    instance.taskState === null)

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
