import { isConnectionLost } from '../../db/errors.js'
import { type CellMappingRow, selectCellMappings } from '../../db/queries/api/cells.js'
import { purgeShadowTables } from '../../db/queries/cell/archive.js'
import { readDate } from './dates.js'
import { CommandError, type ManageSession } from './session.js'

export interface PurgeCommandOptions {
  readonly before?: string | undefined
  readonly all?: boolean | undefined
  readonly verbose?: boolean | undefined
  readonly allCells?: boolean | undefined
}

/**
 * Empties the shadow tables.
 *
 * @returns 0: rows went, 3: there were none; 1, 2, 4: no limit given, wrong date, no list of cells
 */
export const purge = async (
  session: ManageSession,
  { before, all, verbose = false, allCells = false }: PurgeCommandOptions,
): Promise<number> => {
  if (before === undefined && !all) {
    session.print('Either --before or --all is required')
    return 1
  }
  const date = before === undefined ? null : readDate(before)
  if (before !== undefined && date === null) {
    session.print(`Invalid value for --before: Unknown string format: ${before}`)
    return 2
  }
  const cells = allCells ? await cellsOf(session) : [null]
  if (!cells) {
    session.print('Unable to get cell list from API DB. Is it configured?')
    return 4
  }
  let deleted = 0
  for (const cell of cells) {
    const database = cell
      ? await session.cell(cell.database_connection ?? '')
      : await session.main()
    const who = cell ? `Cell ${cell.name ? `${cell.uuid}(${cell.name})` : cell.uuid}` : 'DB'
    const tell = (line: string): void => {
      if (verbose) session.print(`${who}: ${line}`)
    }
    deleted += await purgeShadowTables(database, {
      before: date,
      signal: session.signal,
      onPurged: (table, rows, column) =>
        tell(`Deleted ${rows} rows from ${table} based on timestamp column ${column ?? '(n/a)'}`),
      onAgeless: table => tell(`Unable to purge table ${table} because it has no timestamp column`),
    })
  }
  return deleted > 0 ? 0 : 3
}

const cellsOf = async (session: ManageSession): Promise<readonly CellMappingRow[] | null> => {
  try {
    const { kysely } = await session.api()
    return await selectCellMappings(kysely)
  } catch (error) {
    if (error instanceof CommandError || isConnectionLost(error)) return null
    throw error
  }
}
