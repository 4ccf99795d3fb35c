import {
  CELL0_UUID,
  type CellMappingRow,
  deleteHostMapping,
  hostMappingByHost,
  insertHostMapping,
  selectCellMappings,
  selectHostMappings,
} from '../../db/queries/api/cells.js'
import { selectComputeNodes, updateComputeNode } from '../../db/queries/cell/compute-nodes.js'
import { instanceUuidsByHosts } from '../../db/queries/cell/instances.js'
import type { ApiDb } from '../../db/queries/rows.js'
import { existingCell } from './existing-cell.js'
import type { ManageSession } from './session.js'
import { prettyTable } from './table.js'

export interface DiscoverOptions {
  readonly cellUuid?: string | undefined
  readonly verbose?: boolean | undefined
  /** Exit with 1 when there was nothing to discover. */
  readonly strict?: boolean | undefined
}

/** Maps the compute hosts that a cell has and the API database does not know yet. */
export const discoverHosts = async (
  session: ManageSession,
  { cellUuid, verbose, strict }: DiscoverOptions,
): Promise<number> => {
  const tell = (line: string): void => {
    if (verbose) session.print(line)
  }
  const { kysely } = await session.api()
  const cells = await discoveredCells(kysely, cellUuid)
  tell(`Found ${cells.length} cell mappings.`)
  let found = 0
  for (const cell of cells) {
    if (cell.uuid === CELL0_UUID) {
      tell('Skipping cell0 since it does not contain hosts.')
      continue
    }
    tell(
      cell.name
        ? `Getting computes from cell '${cell.name}': ${cell.uuid}`
        : `Getting computes from cell: ${cell.uuid}`,
    )
    found += await discoverInCell(session, kysely, cell, tell)
  }
  return strict && found === 0 ? 1 : 0
}

const discoveredCells = async (
  kysely: ApiDb,
  uuid: string | undefined,
): Promise<readonly CellMappingRow[]> => {
  if (uuid === undefined) return selectCellMappings(kysely)
  return [await existingCell(kysely, uuid)]
}

const discoverInCell = async (
  session: ManageSession,
  api: ApiDb,
  cell: CellMappingRow,
  tell: (line: string) => void,
): Promise<number> => {
  const { kysely } = await session.cell(cell.database_connection ?? '')
  const nodes = await selectComputeNodes(kysely, { mappedLessThan: 1 })
  tell(`Found ${nodes.length} unmapped computes in cell: ${cell.uuid}`)
  let found = 0
  for (const { id, host, uuid } of nodes) {
    if (host === null) continue
    tell(`Checking host mapping for compute host '${host}': ${uuid}`)
    if (!(await hostMappingByHost(api, host))) {
      tell(`Creating host mapping for compute host '${host}': ${uuid}`)
      await insertHostMapping(api, host, cell.id)
      found++
    }
    await updateComputeNode(kysely, id, { mapped: 1 })
  }
  return found
}

/** Which host is in which cell. */
export const listHosts = async (
  session: ManageSession,
  { cellUuid }: { cellUuid?: string | undefined },
): Promise<number> => {
  const { kysely } = await session.api()
  const cellId = cellUuid === undefined ? undefined : (await existingCell(kysely, cellUuid)).id
  const cells = new Map((await selectCellMappings(kysely)).map(cell => [cell.id, cell]))
  const rows = [...(await selectHostMappings(kysely, { cellId }))]
    .sort((a, b) => (a.host < b.host ? -1 : 1))
    .map(({ host, cell_id }) => {
      const cell = cells.get(cell_id)
      return [cell?.name ?? 'None', cell?.uuid ?? '', host]
    })
  session.print(prettyTable(['Cell Name', 'Cell UUID', 'Hostname'], rows))
  return 0
}

/** Takes a host without instances out of its cell; what still runs there is discovered again. */
export const deleteHost = async (
  session: ManageSession,
  { cellUuid, host }: { cellUuid: string; host: string },
): Promise<number> => {
  const { kysely } = await session.api()
  const cell = await existingCell(kysely, cellUuid)
  const mapping = await hostMappingByHost(kysely, host)
  if (!mapping) {
    session.print(`The host ${host} was not found.`)
    return 2
  }
  if (mapping.cell_id !== cell.id) {
    session.print(`The host ${host} was not found in the cell ${cellUuid}.`)
    return 3
  }
  const inCell = (await session.cell(cell.database_connection ?? '')).kysely
  if ((await instanceUuidsByHosts(inCell, [host])).length > 0) {
    session.print(`There are instances on the host ${host}.`)
    return 4
  }
  for (const { id } of await selectComputeNodes(inCell, { host })) {
    await updateComputeNode(inCell, id, { mapped: 0 })
  }
  await deleteHostMapping(kysely, host)
  return 0
}
