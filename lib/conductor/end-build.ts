import { addInstanceFault } from '../compute/faults.js'
import { VmState } from '../compute/states.js'
import type { RequestContext } from '../context/index.js'
import {
  BuildRequestNotFound,
  InstanceMappingNotFound,
  InstanceNotFound,
} from '../exception/index.js'
import { BuildRequest, type CellMapping, Instance, InstanceMapping } from '../objects/index.js'
import { type Burial, buryInCell0 } from './cell0.js'
import type { ConductorServices } from './services.js'
import { tellFailed } from './tell-failed.js'

/**
 * Ends, in error, a build whose row is in a cell, and that no host has; one that its owner has deleted
 * meanwhile leaves nothing. The row itself comes last:
 * broken off before, all of it can be done again.
 */
export const endInCell = async (
  context: RequestContext,
  inCell: RequestContext,
  { claims, host }: ConductorServices,
  {
    cell,
    instance,
    reason,
  }: {
    readonly cell: CellMapping
    readonly instance: Instance
    readonly reason: unknown
  },
): Promise<void> => {
  await claims.removeAllocations(context, instance.uuid)
  let isDeleted = false
  try {
    const mapping = await InstanceMapping.getByInstanceUuid(context, instance.uuid)
    isDeleted = mapping.queuedForDelete
    if (!mapping.cellMapping) {
      mapping.cellMapping = cell
      await mapping.save()
    }
  } catch (error) {
    if (!(error instanceof InstanceMappingNotFound)) throw error
  }
  try {
    await (await BuildRequest.getByInstanceUuid(context, instance.uuid)).destroy()
  } catch (error) {
    if (!(error instanceof BuildRequestNotFound)) throw error
  }
  // Its owner was told that it is gone, while its row came to be.
  if (isDeleted) return instance.destroy()
  await addInstanceFault(inCell, host, instance, reason)
  instance.vmState = VmState.error
  instance.taskState = null
  await instance.save()
  await tellFailed(inCell, 'build_instances', instance, reason)
}

/**
 * Ends, in error, a build that could not be written to the cell of its host: there if the row came to
 * be all the same (the answer may have been what was lost), else in cell0.
 */
export const endUnwritten = async (
  context: RequestContext,
  services: ConductorServices,
  cell: CellMapping,
  burial: Burial,
): Promise<void> => {
  const inCell = await services.cells.target(context, cell)
  for (const { instanceUuid: uuid } of burial.buildRequests) {
    try {
      const instance = await Instance.getByUuid(inCell, uuid)
      await endInCell(context, inCell, services, { cell, instance, reason: burial.reason })
    } catch (error) {
      if (!(error instanceof InstanceNotFound)) throw error
      await services.claims.removeAllocations(context, uuid)
      await buryInCell0(context, services, burial)
    }
  }
}
