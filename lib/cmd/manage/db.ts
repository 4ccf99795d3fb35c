import type { Database } from '../../db/database.js'
import { apiHistory, cellHistory } from '../../db/migrations/history.js'
import { currentRevision, migrate } from '../../db/migrations/migrate.js'
import { CELL0_UUID, cellMappingByUuid } from '../../db/queries/api/cells.js'
import { messageOf } from '../../util/message-of.js'
import type { ManageSession } from './session.js'

export const apiDbSync = async (session: ManageSession, version?: string): Promise<number> => {
  await migrate(await session.api(), apiHistory, version)
  return 0
}

/** Of cell0 first, found by its mapping, then of `[database] connection`. */
export const dbSync = async (
  session: ManageSession,
  { version, localCell = false }: { version?: string | undefined; localCell?: boolean },
): Promise<number> => {
  if (!localCell) {
    try {
      const api = await session.api()
      const cell0 = await cellMappingByUuid(api.kysely, CELL0_UUID)
      if (cell0) {
        const database = await session.cell(cell0.database_connection ?? '')
        await migrate(database, cellHistory, version)
      } else session.print('WARNING: cell0 mapping not found - not syncing cell0.')
    } catch (error) {
      session.print(cell0Trouble(messageOf(error)))
      return 1
    }
  }
  await migrate(await session.main(), cellHistory, version)
  return 0
}

/** nova's own words. */
const cell0Trouble = (problem: string): string =>
  `ERROR: Could not access cell0.
Has the nova_api database been created?
Has the nova_cell0 database been created?
Has "nova-manage api_db sync" been run?
Has "nova-manage cell_v2 map_cell0" been run?
Is [api_database]/connection set in nova.conf?
Is the cell0 database connection URL correct?
Error: ${problem}`

/** Prints the revision; `None`, as Python does, when there is no schema yet. */
export const printVersion = async <S>(
  session: ManageSession,
  database: Database<S>,
): Promise<number> => {
  session.print((await currentRevision(database)) ?? 'None')
  return 0
}
