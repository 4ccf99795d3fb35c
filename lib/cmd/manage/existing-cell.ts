import { type CellMappingRow, cellMappingByUuid } from '../../db/queries/api/cells.js'
import type { ApiDb } from '../../db/queries/rows.js'
import { CommandError } from './session.js'

/** @throws CommandError, with this exit code, when there is none */
export const existingCell = async (
  api: ApiDb,
  uuid: string,
  exitCode = 1,
): Promise<CellMappingRow> => {
  const cell = await cellMappingByUuid(api, uuid)
  if (!cell) throw new CommandError(`Cell with uuid ${uuid} was not found.`, exitCode)
  return cell
}
