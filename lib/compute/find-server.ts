import type { RequestContext } from '../context/index.js'
import {
  BuildRequestNotFound,
  InstanceMappingNotFound,
  InstanceNotFound,
} from '../exception/index.js'
import { BuildRequest, Instance, InstanceMapping } from '../objects/index.js'
import type { Cells } from './cells.js'
import { unavailableServer } from './unavailable-servers.js'

export interface FindOptions {
  /** Parts to load with it, by their names on the wire. */
  readonly expectedAttrs: readonly string[]
  /** With its cell down, what the API database knows of it is an answer too (`isUnavailable`). */
  readonly partial: boolean
}

/** One server by uuid, wherever it is: waiting in its build request, or in a cell. null: nowhere. */
export const findServer = async (
  context: RequestContext,
  cells: Cells,
  uuid: string,
  options: FindOptions,
): Promise<Instance | null> => {
  const mapping = await mappingOf(context, uuid)
  if (!mapping) return null
  const placed = await inCell(context, cells, mapping, options)
  if (placed) return placed
  const waiting = await waitingInstance(context, uuid)
  if (waiting) return waiting
  // Between our two looks the conductor may have moved it from its build request to its cell.
  const again = await mappingOf(context, uuid)
  return again ? inCell(context, cells, again, options) : null
}

const inCell = async (
  context: RequestContext,
  cells: Cells,
  mapping: InstanceMapping,
  { expectedAttrs, partial }: FindOptions,
): Promise<Instance | null> => {
  if (!mapping.cellMapping) return null
  const find = (cell: RequestContext): Promise<Instance | null> =>
    Instance.getByUuid(cell, mapping.instanceUuid, { expectedAttrs: [...expectedAttrs] })
  if (!partial) return find(await cells.target(context, mapping.cellMapping))
  const found = await cells.ask(context, mapping.cellMapping, find)
  if (found !== 'down') return found.answer
  const known = await unavailableServer(context, mapping)
  if (!known) throw new InstanceNotFound({ instance_id: mapping.instanceUuid })
  return known
}

/** nova's queries are bound to the project of a caller who is neither an administrator nor without one. */
export const isVisible = (context: RequestContext, { projectId }: Instance): boolean =>
  context.isAdmin || !context.userId || !context.projectId || context.projectId === projectId

/** Changes one that waits for a cell, which takes the changes along. @returns false when it waits no more */
export const changeWaiting = async (
  instance: Instance,
  changes: Partial<Instance>,
): Promise<boolean> => {
  try {
    const buildRequest = await BuildRequest.getByInstanceUuid(
      instance.requireContext('update'),
      instance.uuid,
    )
    Object.assign(buildRequest.instance, changes)
    await buildRequest.save()
  } catch (error) {
    if (error instanceof BuildRequestNotFound) return false
    throw error
  }
  Object.assign(instance, changes)
  return true
}

const mappingOf = async (
  context: RequestContext,
  uuid: string,
): Promise<InstanceMapping | null> => {
  try {
    return await InstanceMapping.getByInstanceUuid(context, uuid)
  } catch (error) {
    if (error instanceof InstanceMappingNotFound) return null
    throw error
  }
}

const waitingInstance = async (context: RequestContext, uuid: string): Promise<Instance | null> => {
  try {
    return (await BuildRequest.getByInstanceUuid(context, uuid)).instance
  } catch (error) {
    if (error instanceof BuildRequestNotFound) return null
    throw error
  }
}
