import { randomUUID } from 'node:crypto'
import { messageOf } from '../../db/errors.js'
import { maskPassword } from '../../db/mask.js'
import { cellHistory } from '../../db/migrations/history.js'
import { migrate } from '../../db/migrations/migrate.js'
import {
  CELL0_UUID,
  type CellMappingRow,
  cellMappingByUuid,
  deleteCellMapping,
  deleteHostMappingsOfCell,
  deleteInstanceMappingsOfCell,
  hostMappingByHost,
  insertCellMapping,
  insertHostMapping,
  selectCellMappings,
  selectHostMappings,
  selectInstanceMappings,
  updateCellMapping,
} from '../../db/queries/api/cells.js'
import { selectComputeNodes } from '../../db/queries/cell/compute-nodes.js'
import { mapInstances } from './cell-instances.js'
import { existingCell } from './existing-cell.js'
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
  await insertCellMapping(kysely, {
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
  const transport = transportOf(session, transportUrl)
  const connection = connectionOf(session, databaseConnection)
  const { kysely } = await session.api()
  if (await isTaken(session, transport, connection)) return 2
  const uuid = randomUUID()
  await insertCellMapping(kysely, {
    uuid,
    name: name ?? null,
    transport_url: transport,
    database_connection: connection,
    disabled: disabled ? 1 : 0,
  })
  if (verbose) session.print(uuid)
  return 0
}

/** `[database] connection` where none is given, which is told. */
const connectionOf = (session: ManageSession, given: string | undefined): string => {
  if (given) return given
  session.print(
    '--database_connection not provided in the command line, using the value [database]/connection from the configuration file',
  )
  return session.mainUrl()
}

/** Whether another cell has this bus, or this database; tells which. */
const isTaken = async (
  session: ManageSession,
  transport: string,
  connection: string,
  except?: string,
): Promise<boolean> => {
  const { kysely } = await session.api()
  const same = (await selectCellMappings(kysely)).find(
    cell =>
      cell.uuid !== except &&
      (cell.transport_url === transport || cell.database_connection === connection),
  )
  if (!same) return false
  session.print(
    `The specified transport_url and/or database_connection combination already exists for another cell with uuid ${same.uuid}.`,
  )
  return true
}

/** cell0 with its schema, and one cell of `[database] connection` with the hosts and instances there are. */
export const simpleCellSetup = async (
  session: ManageSession,
  { transportUrl }: Pick<CellOptions, 'transportUrl'>,
): Promise<number> => {
  const transport = transportOf(session, transportUrl)
  await mapCell0(session)
  try {
    const { kysely } = await session.api()
    const cell0 = await cellMappingByUuid(kysely, CELL0_UUID)
    await migrate(await session.cell(cell0?.database_connection ?? ''), cellHistory)
  } catch (error) {
    session.print(`Unable to sync cell0 schema: ${messageOf(error)}`)
  }
  const cellUuid = await mapHosts(session, transport, {})
  if (cellUuid === null) return 1
  await mapInstances(session, { cellUuid })
  return 0
}

/** As {@link simpleCellSetup}, without cell0 and without the instances. */
export const mapCellAndHosts = async (
  session: ManageSession,
  { transportUrl, name, verbose }: Pick<CellOptions, 'transportUrl' | 'name' | 'verbose'>,
): Promise<number> => {
  await mapHosts(session, transportOf(session, transportUrl), { name, verbose })
  return 0
}

/** @throws CommandError when neither the command nor nova.conf names one */
const transportOf = (session: ManageSession, given: string | undefined): string => {
  if (given) return given
  const configured = session.conf.DEFAULT.transport_url
  if (!configured) throw new CommandError(NO_TRANSPORT)
  session.print(
    '--transport-url not provided in the command line, using the value [DEFAULT]/transport_url from the configuration file',
  )
  return configured
}

/**
 * The hosts of `[database] connection` in one cell: that of those which are mapped, else a new one.
 *
 * @returns its uuid; null when there are no hosts
 */
const mapHosts = async (
  session: ManageSession,
  transport: string,
  { name, verbose }: Pick<CellOptions, 'name' | 'verbose'>,
): Promise<string | null> => {
  const { kysely } = await session.api()
  const hosts = await computeHosts(session)
  if (hosts.size === 0) {
    session.print('No hosts found to map to cell, exiting.')
    return null
  }
  const cells = new Map((await selectCellMappings(kysely)).map(cell => [cell.id, cell]))
  let cell: CellMappingRow | undefined
  for (const host of [...hosts]) {
    const mapping = await hostMappingByHost(kysely, host)
    if (!mapping) continue
    hosts.delete(host)
    cell = cells.get(mapping.cell_id) ?? cell
    if (verbose) session.print(`Host ${host} is already mapped to cell ${cell?.uuid}`)
  }
  if (cell && hosts.size === 0) {
    session.print('All hosts are already mapped to cell(s).')
    return cell.uuid
  }
  cell ??= await insertCellMapping(kysely, {
    uuid: randomUUID(),
    name: name ?? null,
    transport_url: transport,
    database_connection: session.mainUrl(),
  })
  for (const host of hosts) await insertHostMapping(kysely, host, cell.id)
  if (verbose) session.print(cell.uuid)
  return cell.uuid
}

const computeHosts = async (session: ManageSession): Promise<Set<string>> => {
  const { kysely } = await session.main()
  const nodes = await selectComputeNodes(kysely, {})
  return new Set(nodes.flatMap(({ host }) => (host === null ? [] : [host])))
}

export const listCells = async (
  session: ManageSession,
  { verbose = false }: { verbose?: boolean },
): Promise<number> => {
  const { kysely } = await session.api()
  // Masked, a URL goes through Python's parser, which leaves one slash of cell0's `none:///`.
  const shown = (url: string | null): string =>
    verbose
      ? (url ?? '')
      : maskPassword(url ?? '')
          .replace(':***@', ':****@')
          .replace(/^none:\/+$/, 'none:/')
  const cells = [...(await selectCellMappings(kysely))].sort((a, b) =>
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

export const deleteCell = async (
  session: ManageSession,
  { cellUuid, force }: { cellUuid: string; force?: boolean },
): Promise<number> => {
  const api = await session.api()
  const { kysely } = api
  const cell = await existingCell(kysely, cellUuid)
  const hosts = await selectHostMappings(kysely, { cellId: cell.id })
  if (hosts.length && !force) {
    session.print(`There are existing hosts mapped to cell with uuid ${cellUuid}.`)
    return 2
  }
  const instances = await selectInstanceMappings(kysely, { cellId: cell.id })
  if (instances.some(instance => !instance.queued_for_delete)) {
    session.print(`There are existing instances mapped to cell with uuid ${cellUuid}.`)
    return 3
  }
  await api.transaction(async trx => {
    await deleteInstanceMappingsOfCell(trx, cell.id)
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
  const cell = await existingCell(kysely, cellUuid)
  // As nova does it: what is not given is taken from the configuration, and told.
  const transport = transportOf(session, options.transportUrl)
  const connection = connectionOf(session, options.databaseConnection)
  if (await isTaken(session, transport, connection, cellUuid)) return 3
  if (disable && enable) {
    session.print('Cell cannot be disabled and enabled at the same time.')
    return 4
  }
  if ((disable || enable) && cellUuid === CELL0_UUID) {
    session.print('Cell0 cannot be disabled.')
    return 5
  }
  if (disable && cell.disabled) session.print(`Cell ${cellUuid} is already disabled`)
  if (enable && !cell.disabled) session.print(`Cell ${cellUuid} is already enabled`)
  await updateCellMapping(kysely, cellUuid, {
    ...(name === undefined ? {} : { name }),
    transport_url: transport,
    database_connection: connection,
    ...(disable ? { disabled: 1 } : {}),
    ...(enable ? { disabled: 0 } : {}),
  })
  return 0
}
