import { type CellDb, type CellRow, cellValues, now, type Values } from '../rows.js'

export type ShareMappingRow = CellRow<'share_mapping'>

/** Of an instance, of a share, or the one of both; in order of their making. */
export const selectShareMappings = (
  db: CellDb,
  of: { readonly instanceUuid?: string; readonly shareId?: string },
): Promise<ShareMappingRow[]> => {
  let query = db.selectFrom('share_mapping').selectAll().orderBy('id')
  if (of.instanceUuid !== undefined) query = query.where('instance_uuid', '=', of.instanceUuid)
  if (of.shareId !== undefined) query = query.where('share_id', '=', of.shareId)
  return query.execute()
}

/** Writes the row of this uuid, there or not: nova's save is its create too. */
export const saveShareMapping = async (
  db: CellDb,
  uuid: string,
  values: Values,
): Promise<ShareMappingRow> => {
  const columns = cellValues('share_mapping', values)
  const { numUpdatedRows } = await db
    .updateTable('share_mapping')
    .set({ ...columns, updated_at: now() })
    .where('uuid', '=', uuid)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) {
    await db
      .insertInto('share_mapping')
      .values({ ...columns, uuid, created_at: now() })
      .execute()
  }
  return db
    .selectFrom('share_mapping')
    .selectAll()
    .where('uuid', '=', uuid)
    .executeTakeFirstOrThrow()
}

export const deleteShareMapping = async (
  db: CellDb,
  instanceUuid: string,
  shareId: string,
): Promise<void> => {
  await db
    .deleteFrom('share_mapping')
    .where('instance_uuid', '=', instanceUuid)
    .where('share_id', '=', shareId)
    .execute()
}
