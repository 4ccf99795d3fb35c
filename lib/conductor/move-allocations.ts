import type { RequestContext } from '../context/index.js'
import { ComputeHostNotFound, NoValidHost } from '../exception/index.js'
import { ComputeNode, type Instance, type Migration } from '../objects/index.js'
import { claimResources, getAllocations, moveAllocations } from '../scheduler/claims.js'
import type { ConductorServices } from './services.js'

/** Whoever holds room: an instance, or its migration. */
const ownerOf = (instance: Instance, consumerUuid: string) => ({
  consumerUuid,
  projectId: instance.projectId ?? '',
  userId: instance.userId ?? '',
})

/**
 * The room that the instance has on its host is the migration's from now on; what is claimed for the
 * instance next is where it goes.
 *
 * @returns whether there was any
 */
export const holdSource = (
  { api }: ConductorServices,
  instance: Instance,
  migration: Migration,
): Promise<boolean> => moveAllocations(api, instance.uuid, ownerOf(instance, migration.uuid))

/** All as it was before {@link holdSource}; what was claimed elsewhere meanwhile is free. */
export const releaseSource = (
  { api }: ConductorServices,
  instance: Instance,
  migration: Migration,
): Promise<boolean> => moveAllocations(api, migration.uuid, ownerOf(instance, instance.uuid))

/**
 * Claims on a host that nobody asked the scheduler about what the consumer has on its own.
 *
 * @param consumerUuid  who holds the room on the source
 * @throws NoValidHost when the host has no such room
 */
export const claimOnForcedHost = async (
  { api }: ConductorServices,
  instance: Instance,
  consumerUuid: string,
  destination: ComputeNode,
): Promise<void> => {
  const held = Object.values(await getAllocations(api, consumerUuid))[0]
  if (!held) return
  const owner = ownerOf(instance, instance.uuid)
  if (await claimResources(api, destination.uuid, held.resources, owner)) return
  throw new NoValidHost({
    reason: `Unable to move instance ${instance.uuid} to host ${destination.host}. There is not enough capacity on the host for the instance.`,
  })
}

/** The node of a host. @throws ComputeHostNotFound */
export const nodeOf = async (
  inCell: RequestContext,
  host: string,
  nodename: string | null = null,
): Promise<ComputeNode> => {
  if (nodename) return ComputeNode.getByHostAndNodename(inCell, host, nodename)
  const node = await ComputeNode.getFirstNodeByHostForOldCompat(inCell, host)
  if (!node) throw new ComputeHostNotFound({ host })
  return node
}
