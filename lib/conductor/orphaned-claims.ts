import { VmState } from '../compute/states.js'
import type { RequestContext } from '../context/index.js'
import type { Database } from '../db/database.js'
import { claimantsAmong, selectDoubtfulClaims } from '../db/queries/api/placement.js'
import type { ApiSchema } from '../db/schema/api.js'
import { InstanceNotFound } from '../exception/index.js'
import { CellMapping, Instance, InstanceList } from '../objects/index.js'
import type { AbandonedBuildsOptions } from './abandoned-builds.js'

export interface OrphanedClaimsOptions extends AbandonedBuildsOptions {
  /** Where claims are: not for a cloud with a Placement service. */
  readonly api: Database<ApiSchema>
}

/** Claims looked at in one go. */
const MOST = 1000

/**
 * Gives back claims that nobody uses: a scheduler that was asked, and whose answer was lost or came
 * after all patience, has claimed for a server that its conductor then gave up.
 *
 * @param before  only what was claimed before that: the newer may still be somebody's; null: all
 * @returns of how many servers
 */
export const endOrphanedClaims = async (
  context: RequestContext,
  options: OrphanedClaimsOptions,
  before: Date | null,
): Promise<number> => {
  const { api, claims, log, cells } = options
  const mappings = await options.mappings(context)
  const { cell0Uuid } = CellMapping
  const orphans: string[] = []
  const doubtful = await selectDoubtfulClaims(api.kysely, cell0Uuid, before, MOST)
  for (const { consumerUuid, cellUuid } of doubtful) {
    const cell = mappings.find(({ uuid }) => uuid === cellUuid && uuid !== cell0Uuid)
    // Of a cell that is disabled or away nothing is known.
    if (!cell && cellUuid !== null && cellUuid !== cell0Uuid) continue
    if (cell && (await isThere(await cells.target(context, cell), consumerUuid))) continue
    orphans.push(consumerUuid)
  }
  for (const cell of mappings) {
    if (cell.uuid === cell0Uuid) continue
    const uuids = await givenUp(await cells.target(context, cell), before)
    orphans.push(...(await claimantsAmong(api.kysely, uuids)))
  }
  let ended = 0
  for (const uuid of orphans) if (await claims.removeAllocations(context, uuid)) ended++
  if (ended > 0) log.warn({}, `Gave back the claims of ${ended} servers that have no host`)
  return ended
}

/** Servers in error without a host: they have nothing on any. */
const givenUp = async (inCell: RequestContext, before: Date | null): Promise<readonly string[]> => {
  const filters = { deleted: false, vm_state: VmState.error, host: null, task_state: null }
  const found = await InstanceList.getByFilters(inCell, filters, { expectedAttrs: [], limit: MOST })
  return found.objects
    .filter(one => {
      const last = one.get('updatedAt') ?? one.get('createdAt')
      return before === null || (last instanceof Date && last < before)
    })
    .map(({ uuid }) => uuid)
}

const isThere = async (inCell: RequestContext, uuid: string): Promise<boolean> => {
  try {
    await Instance.getByUuid(inCell, uuid, { expectedAttrs: [] })
    return true
  } catch (error) {
    if (error instanceof InstanceNotFound) return false
    throw error
  }
}
