import { RequestContext } from '../../../context/index.js'
import { silentLog } from '../../../log/index.js'
import { type CellMapping, CellMappingList } from '../../../objects/index.js'
import { type PlacementService, placementOf } from '../../../service/compose/placement.js'
import { CommandError, type ManageSession } from '../session.js'

/** What the commands about Placement work on. */
export interface PlacementCloud extends PlacementService {
  readonly context: RequestContext
  /** Without cell0, which has no hosts. */
  readonly cells: readonly CellMapping[]
  inCell(mapping: CellMapping): Promise<RequestContext>
}

/** @throws CommandError when nova.conf tells of no Placement service */
export const placementCloud = async (session: ManageSession): Promise<PlacementCloud> => {
  const placement = placementOf(session.conf, silentLog)
  if (!placement) {
    throw new CommandError(
      '[placement] is not set in nova.conf: expected auth_url, auth_section or endpoint_override',
    )
  }
  const api = await session.api()
  const data = { kind: 'direct', api, cell: await session.main() } as const
  const context = new RequestContext({ isAdmin: true, roles: ['admin'] }, { data })
  const mappings = (await CellMappingList.getAll(context)).objects
  return {
    ...placement,
    context,
    cells: mappings.filter(mapping => !mapping.isCell0()),
    inCell: async mapping =>
      context.withData({
        ...data,
        cell: await session.cell(mapping.databaseConnection),
        cellUuid: mapping.uuid,
      }),
  }
}
