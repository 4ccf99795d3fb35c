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
import { selectServices } from '../../db/queries/cell/services.js'
import type { ApiDb, CellDb } from '../../db/queries/rows.js'
import { existingCell } from './existing-cell.js'
import type { ManageSession } from './session.js'
import { prettyTable } from './table.js'

export interface DiscoverOptions {
  readonly cellUuid?: string | undefined
  readonly verbose?: boolean | undefined
  /** Exit with 1 when there was nothing to discover. */
  readonly strict?: boolean | undefined
  /** By the services nova-compute, not by their nodes: of ironic, there may be none yet. */
  readonly byService?: boolean | undefined
}

/** Maps the compute hosts that a cell has and the API database does not know yet. */
export const discoverHosts = async (
  session: ManageSession,
  { cellUuid, verbose, strict, byService = false }: DiscoverOptions,
): Promise<number> => {
  const tell = (line: string): void => {
    if (verbose) session.print(line)
  }
  const { kysely } = await session.api()
  const cells = await discoveredCells(kysely, cellUuid)
  if (cellUuid === undefined) tell(`Found ${cells.length} cell mappings.`)
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
    const discover = byService ? discoverServices : discoverNodes
    const inCell = await session.cell(cell.database_connection ?? '')
    const count = await discover(inCell.kysely, kysely, cell, tell)
    tell(`Found ${count} unmapped computes in cell: ${cell.uuid}`)
    found += count
  }
  return strict && found === 0 ? 1 : 0
}

const discoveredCells = async (
  kysely: ApiDb,
  uuid: string | undefined,
): Promise<readonly CellMappingRow[]> => {
  if (uuid === undefined) return selectCellMappings(kysely)
  // nova tells of it as of what it did not expect.
  return [await existingCell(kysely, uuid, 255)]
}

const discoverNodes = async (
  kysely: CellDb,
  api: ApiDb,
  cell: CellMappingRow,
  tell: (line: string) => void,
): Promise<number> => {
  let found = 0
  for (const { id, host, uuid } of await selectComputeNodes(kysely, { mappedLessThan: 1 })) {
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

const discoverServices = async (
  kysely: CellDb,
  api: ApiDb,
  cell: CellMappingRow,
  tell: (line: string) => void,
): Promise<number> => {
  let found = 0
  for (const { host } of await selectServices(kysely, { binary: 'nova-compute' })) {
    if (host === null || (await hostMappingByHost(api, host))) continue
    tell(`Creating host mapping for service ${host}`)
    await insertHostMapping(api, host, cell.id)
    found++
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
