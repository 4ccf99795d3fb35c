import { VmState } from '../compute/states.js'
import type { RequestContext } from '../context/index.js'
import { type Instance, InstanceList, InstanceMappingList } from '../objects/index.js'
import type { AbandonedBuildsOptions } from './abandoned-builds.js'

/** Servers looked at in one go, of each cell. */
const MOST = 1000

/**
 * Deletes servers without a host whose owners were told that they are gone: a conductor that wrote
 * them down as failed meanwhile, or the API that deleted them, was killed before the last step.
 *
 * @param before  only what was last touched before that; null: all
 * @returns how many
 */
export const finishDeletions = async (
  context: RequestContext,
  options: AbandonedBuildsOptions,
  before: Date | null,
): Promise<number> => {
  const { claims, cells, log, network } = options
  let finished = 0
  for (const cell of await options.mappings(context)) {
    const inCell = await cells.target(context, cell)
    for (const instance of await queuedAmong(context, await failedIn(inCell, before))) {
      const { uuid } = instance
      try {
        await network.deallocateForInstance(inCell, instance)
        await claims.removeAllocations(context, uuid)
        await instance.destroy()
        finished++
      } catch (error) {
        // It has its next turn, and hinders no other.
        log.error({ err: error, instance: uuid }, 'cannot finish a deletion')
      }
    }
  }
  if (finished > 0) log.warn({}, `Finished ${finished} deletions that nobody worked on any more`)
  return finished
}

const failedIn = async (inCell: RequestContext, before: Date | null): Promise<Instance[]> => {
  const filters = { deleted: false, vm_state: VmState.error, host: null }
  const found = await InstanceList.getByFilters(inCell, filters, {
    expectedAttrs: ['info_cache'],
    limit: MOST,
  })
  return found.objects.filter(one => {
    const last = one.get('updatedAt') ?? one.get('createdAt')
    return before === null || (last instanceof Date && last < before)
  })
}

const queuedAmong = async (
  context: RequestContext,
  instances: readonly Instance[],
): Promise<readonly Instance[]> => {
  if (instances.length === 0) return []
  const uuids = instances.map(({ uuid }) => uuid)
  const { objects } = await InstanceMappingList.getByInstanceUuids(context, uuids)
  const queued = new Set(
    objects.filter(one => one.queuedForDelete).map(({ instanceUuid }) => instanceUuid),
  )
  return instances.filter(({ uuid }) => queued.has(uuid))
}
