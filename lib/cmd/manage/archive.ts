import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../db/database.js'
import { isConnectionLost } from '../../db/errors.js'
import {
  type CellMappingRow,
  deleteInstanceMappings,
  selectCellMappings,
} from '../../db/queries/api/cells.js'
import { deleteMemberships } from '../../db/queries/api/instance-groups.js'
import { deleteRequestSpecs } from '../../db/queries/api/requests.js'
import { type Archived, archiveDeletedRows } from '../../db/queries/cell/archive.js'
import type { ApiSchema } from '../../db/schema/api.js'
import type { CellSchema } from '../../db/schema/cell.js'
import { readDate } from './dates.js'
import { purge } from './purge.js'
import { CommandError, type ManageSession } from './session.js'
import { propertyTable } from './table.js'

export interface ArchiveCommandOptions {
  readonly maxRows?: string | undefined
  readonly before?: string | undefined
  readonly verbose?: boolean | undefined
  readonly untilComplete?: boolean | undefined
  readonly purge?: boolean | undefined
  readonly allCells?: boolean | undefined
  readonly taskLog?: boolean | undefined
  /** Seconds between batches. */
  readonly sleep?: string | undefined
}

/** The largest number of the databases' integer columns. */
const MAX_INT = 2_147_483_647

const NO_API_DB =
  'Failed to connect to API DB so aborting this archival attempt. Please check your config file to make sure that [api_database]/connection is set and run this command again.'

/**
 * Moves deleted rows to the shadow tables and lets the API database forget archived instances.
 *
 * @returns 0: nothing to archive, 1: some rows were; 2, 3, 4: wrong rows, no API database, wrong date
 */
export const archive = async (
  session: ManageSession,
  options: ArchiveCommandOptions,
): Promise<number> => {
  const maxRows = Number(options.maxRows ?? 1000)
  const pause = Number(options.sleep ?? 0)
  if (!Number.isInteger(maxRows) || !(pause >= 0)) {
    throw new CommandError('--max_rows and --sleep take whole numbers', 2)
  }
  if (maxRows < 0) return refuse(session, 'Must supply a positive value for max_rows', 2)
  if (maxRows > MAX_INT) return refuse(session, `max rows must be <= ${MAX_INT}`, 2)
  const reached = await reachApi(session)
  if (!reached) return refuse(session, NO_API_DB, 3)
  const before = options.before === undefined ? null : readDate(options.before)
  if (options.before !== undefined && before === null) {
    return refuse(
      session,
      `Invalid value for --before: Unknown string format: ${options.before}`,
      4,
    )
  }
  const { verbose = false, untilComplete = false, allCells = false, taskLog = false } = options
  const work = { maxRows, before, untilComplete, taskLog, verbose, pause }
  const archived = await overCells(session, reached, allCells, work)

  if (verbose && archived.size > 0) {
    session.print(propertyTable('Table', 'Number of Rows Archived', archived))
  } else if (verbose) session.print('Nothing was archived.')
  if (archived.size > 0 && options.purge && !session.signal?.aborted) {
    if (verbose) session.print('Rows were archived, running purge...')
    await purge(session, { all: true, verbose, allCells })
  }
  return archived.size > 0 ? 1 : 0
}

const refuse = (session: ManageSession, message: string, code: number): number => {
  session.print(message)
  return code
}

interface ApiReached {
  readonly api: Database<ApiSchema>
  readonly cells: readonly CellMappingRow[]
}

/** @returns null when there is none: without it, mappings of what is archived would stay for ever */
const reachApi = async (session: ManageSession): Promise<ApiReached | null> => {
  try {
    const api = await session.api()
    return { api, cells: await selectCellMappings(api.kysely) }
  } catch (error) {
    if (error instanceof CommandError || isConnectionLost(error)) return null
    throw error
  }
}

interface ArchiveWork {
  readonly maxRows: number
  readonly before: Date | null
  readonly untilComplete: boolean
  readonly taskLog: boolean
  readonly verbose: boolean
  readonly pause: number
}

/** Rows by table: `cell1.instances` over all cells, `instances` else, `API_DB.…` in both. */
const overCells = async (
  session: ManageSession,
  { api, cells }: ApiReached,
  allCells: boolean,
  work: ArchiveWork,
): Promise<Map<string, number>> => {
  const { untilComplete, verbose, maxRows } = work
  const sums = new Map<string, number>()
  const tells = untilComplete && verbose
  if (tells) session.write('Archiving..')
  let left = maxRows
  for (const cell of allCells ? cells : [null]) {
    if (session.signal?.aborted || left <= 0) break
    const database = cell
      ? await session.cell(cell.database_connection ?? '')
      : await session.main()
    const prefix = cell?.name ? `${cell.name}.` : ''
    const rows = await archiveCell(session, api, database, { ...work, maxRows: left }, sums, prefix)
    // Until complete there is no limit but that of a batch.
    if (!untilComplete) left -= rows
  }
  if (tells) session.print(session.signal?.aborted ? '.stopped' : '.complete')
  return sums
}

/** @returns rows moved, in the last batch where it goes on until complete */
const archiveCell = async (
  session: ManageSession,
  api: Database<ApiSchema>,
  database: Database<CellSchema>,
  { maxRows, before, taskLog, untilComplete, verbose, pause }: ArchiveWork,
  sums: Map<string, number>,
  prefix: string,
): Promise<number> => {
  const { signal } = session
  for (;;) {
    const archived = await archiveDeletedRows(database, {
      maxRows,
      before,
      taskLog,
      signal,
      onInstances: async uuids => {
        for (const [name, rows] of await forget(api, uuids)) add(sums, name, rows)
      },
      onSkipped: (table, reason) =>
        session.warn(`IntegrityError detected when archiving table ${table}: ${reason}`),
    })
    for (const [name, rows] of archived) add(sums, prefix + name, rows)
    if (!untilComplete || archived.size === 0 || signal?.aborted) return sumOf(archived)
    if (verbose) session.write('.')
    // An interruption ends the pause, and with it the work.
    await sleep(pause * 1000, undefined, signal ? { signal } : {}).catch(() => {})
    if (signal?.aborted) return sumOf(archived)
  }
}

const add = (sums: Map<string, number>, name: string, rows: number): void => {
  sums.set(name, (sums.get(name) ?? 0) + rows)
}

const sumOf = (archived: Archived): number =>
  [...archived.values()].reduce((sum, rows) => sum + rows, 0)

/** What the API database knows of instances whose rows are archived. */
const forget = async (
  api: Database<ApiSchema>,
  uuids: readonly string[],
): Promise<readonly (readonly [string, number])[]> =>
  api.transaction(async trx => [
    ['API_DB.instance_mappings', await deleteInstanceMappings(trx, uuids)],
    ['API_DB.request_specs', await deleteRequestSpecs(trx, uuids)],
    ['API_DB.instance_group_member', await deleteMemberships(trx, uuids)],
  ])
