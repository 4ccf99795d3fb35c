import type { RequestContext } from '../context/index.js'
import { InstanceMappingNotFound } from '../exception/index.js'
import {
  Destination,
  type Instance,
  InstanceGroup,
  InstanceMapping,
  type RequestSpec,
  Selection,
} from '../objects/index.js'
import type { ConductorServices } from './services.js'

/**
 * Asks the scheduler for hosts.
 *
 * @returns for each instance its host, and after it the alternates if they were asked for
 * @throws NoValidHost
 */
export const selectDestinations = async (
  { scheduler }: ConductorServices,
  context: RequestContext,
  spec: RequestSpec,
  uuids: readonly string[],
  { alternates = true }: { readonly alternates?: boolean } = {},
): Promise<readonly (readonly Selection[])[]> => {
  const answer = await scheduler.selectDestinations(context, {
    spec_obj: spec,
    instance_uuids: uuids,
    return_objects: true,
    return_alternates: alternates,
  })
  if (!Array.isArray(answer) || answer.length !== uuids.length) {
    throw new TypeError('the scheduler answered with no list of hosts for each instance')
  }
  return answer.map(hosts =>
    Array.isArray(hosts) ? hosts.filter(host => host instanceof Selection) : [],
  )
}

/** The group of a request as it is now: where its members are decides where the new ones go. */
export const fillGroup = async (context: RequestContext, spec: RequestSpec): Promise<void> => {
  const asked = spec.get('instanceGroup')
  // A stored request keeps neither hosts nor members: they are null there, and of another day.
  if (!asked || asked.get('hosts')) return
  const group = await InstanceGroup.getByUuid(context, asked.uuid)
  group.hosts = await group.getHosts()
  spec.instanceGroup = group
}

/** A conductor of all cells aims at the instance's; one of a single cell is there already. */
export const cellContextOf = async (
  { cells }: ConductorServices,
  context: RequestContext,
  { uuid }: Instance,
): Promise<RequestContext> => {
  try {
    const { cellMapping } = await InstanceMapping.getByInstanceUuid(context, uuid)
    return cellMapping ? await cells.target(context, cellMapping) : context
  } catch (error) {
    if (error instanceof InstanceMappingNotFound) return context
    throw error
  }
}

/** Its row is in one cell, and cannot leave it; where it was forced to go at first binds it no more. */
export const restrictToCell = async (inCell: RequestContext, spec: RequestSpec): Promise<void> => {
  const { cellMapping } = await InstanceMapping.getByInstanceUuid(inCell, spec.instanceUuid)
  spec.forceHosts = []
  spec.forceNodes = []
  const destination = spec.get('requestedDestination') ?? new Destination(null)
  destination.cell = cellMapping
  spec.requestedDestination = destination
}
