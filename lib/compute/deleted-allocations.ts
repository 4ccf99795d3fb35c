import type { RequestContext } from '../context/index.js'
import { AllocationDeleteFailed, InstanceNotFound } from '../exception/index.js'
import { Instance } from '../objects/index.js'
import type { ReportedNode } from './provider-report.js'
import type { ComputeServices } from './services.js'

/**
 * Gives back what is still claimed here for servers that are deleted: while Placement was away, or this host
 * was. What belongs to nobody whom the cell knows may be on its way here, and stays.
 *
 * @param isHere  whether a server is counted on this node
 */
export const removeDeletedAllocations = async (
  context: RequestContext,
  { providers, allocations, log }: ComputeServices,
  node: ReportedNode,
  isHere: (uuid: string) => boolean,
): Promise<void> => {
  for (const uuid of await providers.consumersOf(context, node)) {
    if (isHere(uuid) || !(await isDeleted(context, uuid))) continue
    try {
      if (await allocations.releaseAllocations(context, uuid)) {
        log.info({ instance: uuid }, 'gave back what was claimed here for a deleted server')
      }
    } catch (error) {
      if (!(error instanceof AllocationDeleteFailed)) throw error
      // Somebody else is at it; there will be another round.
      log.warn({ err: error, instance: uuid }, 'cannot give back what a deleted server has claimed')
    }
  }
}

const isDeleted = async (context: RequestContext, uuid: string): Promise<boolean> => {
  try {
    const deleted = context.with({ readDeleted: 'yes' })
    const instance = await Instance.getByUuid(deleted, uuid, { expectedAttrs: [] })
    return Boolean(instance.get('deleted')) && !instance.get('hidden')
  } catch (error) {
    if (error instanceof InstanceNotFound) return false
    throw error
  }
}
