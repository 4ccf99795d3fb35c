import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import { maskPassword } from '../../db/mask.js'
import {
  CELL0_UUID,
  type CellMappingRow,
  cellMappingByUuid,
  cellMappings,
  createCellMapping,
  deleteCellMapping,
  updateCellMapping,
} from '../../db/queries/api/cell-mappings.js'
import {
  createHostMapping,
  deleteHostMappingsOfCell,
  hostMappingByHost,
  hostMappingsOfCell,
} from '../../db/queries/api/host-mappings.js'
import type { ApiSchema } from '../../db/schema/api.js'
import { CommandError, type ManageSession } from './session.js'
import { prettyTable } from './table.js'

const NO_TRANSPORT =
  'Must specify --transport-url if [DEFAULT]/transport_url is not set in the configuration file.'

/** cell0's database stands beside the cell's: the same URL, its name followed by `_cell0`. */
const cell0Url = (url: string): string => {
  const question = url.indexOf('?')
  return question < 0 ? `${url}_cell0` : `${url.slice(0, question)}_cell0${url.slice(question)}`
}

export const mapCell0 = async (
  session: ManageSession,
  { databaseConnection }: { databaseConnection?: string | undefined } = {},
): Promise<number> => {
  const { kysely } = await session.api()
  if (await cellMappingByUuid(kysely, CELL0_UUID)) {
    session.print('Cell0 is already setup')
    return 0
  }
  await createCellMapping(kysely, {
    uuid: CELL0_UUID,
    name: 'cell0',
    transport_url: 'none:///',
    database_connection: databaseConnection ?? cell0Url(session.mainUrl()),
  })
  return 0
}

export interface CellOptions {
  readonly name?: string | undefined
  readonly transportUrl?: string | undefined
  readonly databaseConnection?: string | undefined
  readonly disabled?: boolean | undefined
  readonly verbose?: boolean | undefined
}

export const createCell = async (
  session: ManageSession,
  { name, transportUrl, databaseConnection, disabled, verbose }: CellOptions,
): Promise<number> => {
  const transport = transportUrl || session.conf.DEFAULT.transport_url
  if (!transport) throw new CommandError(NO_TRANSPORT)
  if (!transportUrl) {
    session.print(
      '--transport-url not provided in the command line, using the value [DEFAULT]/transport_url from the configuration file',
    )
  }
  const connection = databaseConnection || session.mainUrl()
  if (!databaseConnection) {
    session.print(
      '--database_connection not provided in the command line, using the value [database]/connection from the configuration file',
    )
  }
  const { kysely } = await session.api()
  const same = (await cellMappings(kysely)).find(
    cell => cell.transport_url === transport || cell.database_connection === connection,
  )
  if (same) {
    session.print(
      `The specified transport_url and/or database_connection combination already exists for cell ${same.uuid}.`,
    )
    return 2
  }
  const uuid = randomUUID()
  await createCellMapping(kysely, {
    uuid,
    name: name ?? null,
    transport_url: transport,
    database_connection: connection,
    disabled: disabled ? 1 : 0,
  })
  if (verbose) session.print(`Cell UUID: ${uuid}`)
  return 0
}

/** cell0, and one cell of `[database] connection` with every host that is in no cell yet. */
export const simpleCellSetup = async (
  session: ManageSession,
  { transportUrl }: Pick<CellOptions, 'transportUrl'>,
): Promise<number> => {
  const transport = transportUrl || session.conf.DEFAULT.transport_url
  if (!transport) throw new CommandError(NO_TRANSPORT)
  await mapCell0(session)

  const { kysely } = await session.api()
  const main = await session.main()
  const nodes = await main.kysely
    .selectFrom('compute_nodes')
    .select(['id', 'host'])
    .where('deleted', '=', 0)
    .orderBy('id')
    .execute()
  if (nodes.length === 0) {
    session.print('No hosts found to map to cell, exiting.')
    return 0
  }
  let cellId: number | null = null
  const missing = new Set<string>()
  for (const { host } of nodes) {
    const mapping = host === null ? undefined : await hostMappingByHost(kysely, host)
    if (mapping) cellId = mapping.cell_id
    else if (host !== null) missing.add(host)
  }
  if (missing.size === 0) {
    session.print('All hosts are already mapped to cell(s).')
    return 0
  }
  cellId ??= await createCellMapping(kysely, {
    uuid: randomUUID(),
    name: null,
    transport_url: transport,
    database_connection: session.mainUrl(),
  })
  for (const host of missing) await createHostMapping(kysely, cellId, host)
  return 0
}

export const listCells = async (
  session: ManageSession,
  { verbose = false }: { verbose?: boolean },
): Promise<number> => {
  const { kysely } = await session.api()
  const shown = (url: string | null): string =>
    verbose ? (url ?? '') : maskPassword(url ?? '').replace(':***@', ':****@')
  const cells = [...(await cellMappings(kysely))].sort((a, b) =>
    (a.name ?? '') < (b.name ?? '') ? -1 : 1,
  )
  const rows = cells.map(cell => [
    cell.name ?? '',
    cell.uuid,
    shown(cell.transport_url),
    shown(cell.database_connection),
    cell.disabled ? 'True' : 'False',
  ])
  session.print(
    prettyTable(['Name', 'UUID', 'Transport URL', 'Database Connection', 'Disabled'], rows),
  )
  return 0
}

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
  kysely: Kysely<ApiSchema>,
  uuid: string | undefined,
): Promise<readonly CellMappingRow[]> => {
  if (uuid === undefined) return cellMappings(kysely)
  return [await existingCell(kysely, uuid)]
}

const existingCell = async (kysely: Kysely<ApiSchema>, uuid: string): Promise<CellMappingRow> => {
  const cell = await cellMappingByUuid(kysely, uuid)
  if (!cell) throw new CommandError(`Cell with uuid ${uuid} was not found.`)
  return cell
}

const discoverInCell = async (
  session: ManageSession,
  api: Kysely<ApiSchema>,
  cell: CellMappingRow,
  tell: (line: string) => void,
): Promise<number> => {
  const { kysely } = await session.cell(cell.database_connection ?? '')
  const nodes = await kysely
    .selectFrom('compute_nodes')
    .select(['id', 'host', 'uuid'])
    .where('deleted', '=', 0)
    .where('mapped', '<', 1)
    .orderBy('id')
    .execute()
  tell(`Found ${nodes.length} unmapped computes in cell: ${cell.uuid}`)
  let found = 0
  for (const { id, host, uuid } of nodes) {
    if (host === null) continue
    tell(`Checking host mapping for compute host '${host}': ${uuid}`)
    if (!(await hostMappingByHost(api, host))) {
      tell(`Creating host mapping for compute host '${host}': ${uuid}`)
      await createHostMapping(api, cell.id, host)
      found++
    }
    await kysely.updateTable('compute_nodes').set({ mapped: 1 }).where('id', '=', id).execute()
  }
  return found
}

export const deleteCell = async (
  session: ManageSession,
  { cellUuid, force }: { cellUuid: string; force?: boolean },
): Promise<number> => {
  const api = await session.api()
  const { kysely } = api
  const cell = await existingCell(kysely, cellUuid)
  const hosts = await hostMappingsOfCell(kysely, cell.id)
  if (hosts.length && !force) {
    session.print(`There are existing hosts mapped to cell with uuid ${cellUuid}.`)
    return 2
  }
  const instances = await kysely
    .selectFrom('instance_mappings')
    .select(['instance_uuid', 'queued_for_delete'])
    .where('cell_id', '=', cell.id)
    .execute()
  if (instances.some(instance => !instance.queued_for_delete)) {
    session.print(`There are existing instances mapped to cell with uuid ${cellUuid}.`)
    return 3
  }
  await api.transaction(async trx => {
    await trx.deleteFrom('instance_mappings').where('cell_id', '=', cell.id).execute()
    await deleteHostMappingsOfCell(trx, cell.id)
    await deleteCellMapping(trx, cellUuid)
  })
  return 0
}

export interface UpdateCellOptions extends CellOptions {
  readonly cellUuid: string
  readonly disable?: boolean | undefined
  readonly enable?: boolean | undefined
}

export const updateCell = async (
  session: ManageSession,
  options: UpdateCellOptions,
): Promise<number> => {
  const { cellUuid, name, disable, enable } = options
  const { kysely } = await session.api()
  await existingCell(kysely, cellUuid)
  if (disable && enable) {
    session.print('Cell cannot be disabled and enabled at the same time.')
    return 4
  }
  if (disable && cellUuid === CELL0_UUID) {
    session.print('Cell0 cannot be disabled.')
    return 5
  }
  await updateCellMapping(kysely, cellUuid, {
    ...(name === undefined ? {} : { name }),
    // As nova does it: what is not given is taken from the configuration.
    transport_url: options.transportUrl || session.conf.DEFAULT.transport_url,
    database_connection: options.databaseConnection || session.mainUrl(),
    ...(disable ? { disabled: 1 } : {}),
    ...(enable ? { disabled: 0 } : {}),
  })
  return 0
}
