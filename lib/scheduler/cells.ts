import type { RequestContext } from '../context/index.js'
import { type CellConnections, CellMappingList } from '../objects/index.js'
import type { CellAccess } from './host-manager.js'

/** Milliseconds that the list of cells is believed: cells come by a command, not by the minute. */
const REMEMBERED = 10_000

/**
 * The cells in which hosts may be chosen: enabled ones, without cell0. Asked at every decision, and
 * read now and then; while there are none, every time.
 *
 * @param context  an admin's, with the API database at hand
 */
export const schedulableCells = (
  connections: CellConnections,
  context: RequestContext,
  now: () => number = () => performance.now(),
): (() => Promise<readonly CellAccess[]>) => {
  let known: { readonly cells: readonly CellAccess[]; readonly until: number } | undefined
  return async () => {
    if (known && known.cells.length > 0 && now() < known.until) return known.cells
    const mappings = await CellMappingList.getAll(context)
    const cells = mappings.objects
      .filter(mapping => !mapping.disabled && !mapping.isCell0())
      .map(mapping => ({ uuid: mapping.uuid, db: connections.access(mapping).cell }))
    known = { cells, until: now() + REMEMBERED }
    return cells
  }
}
