import type { RequestContext } from '../context/index.js'
import { duplicateEntry } from '../db/errors.js'
import { insertHostMapping, selectHostMappings } from '../db/queries/api/cells.js'
import { selectComputeNodes, updateComputeNode } from '../db/queries/cell/compute-nodes.js'
import { apiOf, cellOf } from './access.js'
import type { CellMapping } from './cell-mapping.js'
import { targetCell } from './cells.js'

/** A host that was found in a cell, and mapped to it. */
export interface DiscoveredHost {
  readonly host: string
  readonly cellUuid: string
}

/**
 * Maps the hosts of compute nodes that were not mapped yet, in each of the cells, as
 * `nova-manage cell_v2 discover_hosts` does.
 *
 * @returns the hosts that are new
 */
export const discoverHosts = async (
  context: RequestContext,
  cells: Iterable<CellMapping>,
): Promise<DiscoveredHost[]> => {
  const found: DiscoveredHost[] = []
  for (const cell of cells) {
    if (cell.isCell0()) continue
    const inCell = cellOf(await targetCell(context, cell)).kysely
    for (const node of await selectComputeNodes(inCell, { mappedLessThan: 1 })) {
      if (node.host !== null && (await mapHost(context, node.host, cell.id))) {
        found.push({ host: node.host, cellUuid: cell.uuid })
      }
      await updateComputeNode(inCell, node.id, { mapped: 1 })
    }
  }
  return found
}

/** @returns whether it was not mapped before */
const mapHost = async (context: RequestContext, host: string, cellId: number): Promise<boolean> => {
  const db = apiOf(context).kysely
  if ((await selectHostMappings(db, { hosts: [host] })).length > 0) return false
  try {
    await insertHostMapping(db, host, cellId)
    return true
  } catch (error) {
    // Somebody else found it in the same moment.
    if (duplicateEntry(error)) return false
    throw error
  }
}
