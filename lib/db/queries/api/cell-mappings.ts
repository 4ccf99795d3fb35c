import type { Insertable, Kysely, Selectable, Updateable } from 'kysely'
import type { ApiSchema } from '../../schema/api.js'

export type CellMappingRow = Selectable<ApiSchema['cell_mappings']>

/** The cell of instances that were never placed. */
export const CELL0_UUID = '00000000-0000-0000-0000-000000000000'

/** All of them, in the order in which they were made. */
export const cellMappings = (db: Kysely<ApiSchema>): Promise<CellMappingRow[]> =>
  db.selectFrom('cell_mappings').selectAll().orderBy('id').execute()

export const cellMappingByUuid = (
  db: Kysely<ApiSchema>,
  uuid: string,
): Promise<CellMappingRow | undefined> =>
  db.selectFrom('cell_mappings').selectAll().where('uuid', '=', uuid).executeTakeFirst()

/** @returns the id */
export const createCellMapping = async (
  db: Kysely<ApiSchema>,
  values: Insertable<ApiSchema['cell_mappings']>,
): Promise<number> => {
  const { insertId } = await db
    .insertInto('cell_mappings')
    .values({ created_at: new Date(), disabled: 0, ...values })
    .executeTakeFirstOrThrow()
  return Number(insertId)
}

/** @returns whether there is such a cell */
export const updateCellMapping = async (
  db: Kysely<ApiSchema>,
  uuid: string,
  values: Updateable<ApiSchema['cell_mappings']>,
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('cell_mappings')
    .set({ updated_at: new Date(), ...values })
    .where('uuid', '=', uuid)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** @returns whether there was such a cell */
export const deleteCellMapping = async (db: Kysely<ApiSchema>, uuid: string): Promise<boolean> => {
  const { numDeletedRows } = await db
    .deleteFrom('cell_mappings')
    .where('uuid', '=', uuid)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}
