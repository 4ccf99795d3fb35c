import type { Kysely, Selectable } from 'kysely'
import type { ApiSchema } from '../../schema/api.js'

export type HostMappingRow = Selectable<ApiSchema['host_mappings']>

export const hostMappingByHost = (
  db: Kysely<ApiSchema>,
  host: string,
): Promise<HostMappingRow | undefined> =>
  db.selectFrom('host_mappings').selectAll().where('host', '=', host).executeTakeFirst()

export const hostMappingsOfCell = (
  db: Kysely<ApiSchema>,
  cellId: number,
): Promise<HostMappingRow[]> =>
  db.selectFrom('host_mappings').selectAll().where('cell_id', '=', cellId).orderBy('id').execute()

/** @throws what `duplicateEntry` knows, when the host is mapped already */
export const createHostMapping = async (
  db: Kysely<ApiSchema>,
  cellId: number,
  host: string,
): Promise<void> => {
  await db
    .insertInto('host_mappings')
    .values({ created_at: new Date(), cell_id: cellId, host })
    .execute()
}

export const deleteHostMappingsOfCell = async (
  db: Kysely<ApiSchema>,
  cellId: number,
): Promise<void> => {
  await db.deleteFrom('host_mappings').where('cell_id', '=', cellId).execute()
}
