import type { RequestContext } from '../../context/index.js'
import { ComputeHostNotFound, HostMappingNotFound } from '../../exception/index.js'
import { ComputeNode, HostMapping } from '../../objects/index.js'
import type { Cells } from '../cells.js'
import type { CreateRequest } from './create-request.js'

/**
 * Whether the host and node that a request names (2.74) are there at all.
 *
 * @throws ComputeHostNotFound (400 in a create)
 */
export const checkRequestedHost = async (
  context: RequestContext,
  cells: Cells,
  { requestedHost, requestedNode }: Pick<CreateRequest, 'requestedHost' | 'requestedNode'>,
): Promise<void> => {
  if (requestedHost !== null) {
    const cell = await cellOfHost(context, cells, requestedHost)
    if (requestedNode !== null) {
      await ComputeNode.getByHostAndNodename(cell, requestedHost, requestedNode)
    }
  } else if (requestedNode !== null) {
    await findNode(await cells.contexts(context), requestedNode)
  }
}

const cellOfHost = async (
  context: RequestContext,
  cells: Cells,
  host: string,
): Promise<RequestContext> => {
  try {
    const { cellMapping } = await HostMapping.getByHost(context, host)
    return await cells.target(context, cellMapping)
  } catch (error) {
    if (error instanceof HostMappingNotFound) throw new ComputeHostNotFound({ host })
    throw error
  }
}

const findNode = async (cells: readonly RequestContext[], node: string): Promise<void> => {
  const found = await Promise.all(
    cells.map(async cell => {
      try {
        await ComputeNode.getByNodename(cell, node)
        return true
      } catch (error) {
        if (error instanceof ComputeHostNotFound) return false
        throw error
      }
    }),
  )
  if (!found.includes(true)) throw new ComputeHostNotFound({ host: node })
}
