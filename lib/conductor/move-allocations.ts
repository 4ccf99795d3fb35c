import { isDeepStrictEqual } from 'node:util'
import type { RequestContext } from '../context/index.js'
import { ComputeHostNotFound, NoValidHost } from '../exception/index.js'
import { ComputeNode, type Instance, type Migration } from '../objects/index.js'
import type { ConductorServices } from './services.js'

/** Of the requests that are made here, with no candidate of Placement's behind them. */
const REQUEST_VERSION = '1.28'

/** Whoever holds room: an instance, or its migration. */
const consumerOf = ({ projectId, userId }: Instance, uuid: string) => ({ uuid, projectId, userId })

/**
 * The room that the instance has on its host is the migration's from now on; what is claimed for the
 * instance next is where it goes.
 *
 * @returns whether there was any
 */
export const holdSource = (
  { claims }: ConductorServices,
  inCell: RequestContext,
  instance: Instance,
  migration: Migration,
): Promise<boolean> =>
  claims.moveAllocations(inCell, instance.uuid, consumerOf(instance, migration.uuid))

/** All as it was before {@link holdSource}; what was claimed elsewhere meanwhile is free. */
export const releaseSource = (
  { claims }: ConductorServices,
  inCell: RequestContext,
  instance: Instance,
  migration: Migration,
): Promise<boolean> =>
  claims.moveAllocations(inCell, migration.uuid, consumerOf(instance, instance.uuid))

/**
 * Claims on a host that nobody asked the scheduler about what the consumer has on its own.
 *
 * @param consumerUuid  who holds the room on the source
 * @throws NoValidHost when the host has no such room, or the source is more than one provider
 */
export const claimOnForcedHost = async (
  { claims }: ConductorServices,
  inCell: RequestContext,
  instance: Instance,
  consumerUuid: string,
  destination: ComputeNode,
): Promise<void> => {
  const [held, ...others] = Object.values(await claims.getAllocations(inCell, consumerUuid))
  if (!held) return
  const { resources } = held
  const refused = (why: string) =>
    new NoValidHost({
      reason: `Unable to move instance ${instance.uuid} to host ${destination.host}. ${why}`,
    })
  // On several hosts it has the same of each; what differs is of one host that is a tree.
  if (others.some(other => !isDeepStrictEqual(other.resources, resources))) {
    throw refused(
      'The instance has complex allocations on the source host so move cannot be forced.',
    )
  }
  const request = { allocations: { [destination.uuid]: { resources } } }
  const consumer = consumerOf(instance, instance.uuid)
  if (await claims.claimResources(inCell, consumer, request, REQUEST_VERSION)) return
  throw refused('There is not enough capacity on the host for the instance.')
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
