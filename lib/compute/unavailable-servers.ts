import type { RequestContext } from '../context/index.js'
import { RequestSpecNotFound } from '../exception/index.js'
import {
  type CellMapping,
  Instance,
  type InstanceMapping,
  InstanceMappingList,
  RequestSpec,
} from '../objects/index.js'

/** Whether this is all that the API database knows of a server whose cell is down. */
export const isUnavailable = (instance: Instance): boolean => !instance.isSet('displayName')

/**
 * Servers of cells that are down, as far as their mappings tell: uuid, project, and when they came.
 *
 * @param projectId  null: of every project
 */
export const unavailableServers = async (
  context: RequestContext,
  cells: readonly CellMapping[],
  projectId: string | null,
  limit: number,
): Promise<Instance[]> => {
  const found: Instance[] = []
  for (const cell of cells) {
    if (found.length >= limit) break
    const mappings = await InstanceMappingList.getNotDeletedByCellAndProject(
      context,
      cell.uuid,
      projectId,
      { limit: limit - found.length },
    )
    found.push(...mappings.objects.map(mapping => fromMapping(context, mapping)))
  }
  return found
}

/**
 * One server of a cell that is down, with what its request asked for.
 *
 * @returns null when it is on its way out, or nothing is known of it any more
 */
export const unavailableServer = async (
  context: RequestContext,
  mapping: InstanceMapping,
): Promise<Instance | null> => {
  if (mapping.get('queuedForDelete')) return null
  try {
    const spec = await RequestSpec.getByInstanceUuid(context, mapping.instanceUuid)
    return Object.assign(fromMapping(context, mapping), {
      powerState: 0,
      userId: spec.get('userId') ?? null,
      flavor: spec.flavor,
      imageRef: spec.get('image')?.get('id') ?? '',
      availabilityZone: spec.get('availabilityZone') ?? null,
    })
  } catch (error) {
    if (error instanceof RequestSpecNotFound) return null
    throw error
  }
}

const fromMapping = (context: RequestContext, mapping: InstanceMapping): Instance =>
  new Instance(context, {
    uuid: mapping.instanceUuid,
    projectId: mapping.projectId,
    createdAt: mapping.get('createdAt') ?? null,
  })
