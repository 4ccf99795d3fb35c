import type { CellDb, CellRow } from '../rows.js'

export const tagsOfResource = (db: CellDb, resourceId: string): Promise<CellRow<'tags'>[]> =>
  db.selectFrom('tags').selectAll().where('resource_id', '=', resourceId).orderBy('tag').execute()

/** A tag that is there already stays. */
export const insertTag = async (db: CellDb, resourceId: string, tag: string): Promise<void> => {
  const [found] = await db
    .selectFrom('tags')
    .selectAll()
    .where('resource_id', '=', resourceId)
    .where('tag', '=', tag)
    .execute()
  if (!found) await db.insertInto('tags').values({ resource_id: resourceId, tag }).execute()
}

/** @returns whether it was there */
export const deleteTag = async (db: CellDb, resourceId: string, tag: string): Promise<boolean> => {
  const result = await db
    .deleteFrom('tags')
    .where('resource_id', '=', resourceId)
    .where('tag', '=', tag)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

export const deleteTags = async (db: CellDb, resourceId: string): Promise<void> => {
  await db.deleteFrom('tags').where('resource_id', '=', resourceId).execute()
}

/** Makes the tags of a resource exactly these. */
export const replaceTags = async (
  db: CellDb,
  resourceId: string,
  tags: readonly string[],
): Promise<void> => {
  const stored = new Set((await tagsOfResource(db, resourceId)).map(row => row.tag))
  const wanted = new Set(tags)
  for (const tag of stored) if (!wanted.has(tag)) await deleteTag(db, resourceId, tag)
  for (const tag of wanted) if (!stored.has(tag)) await insertTag(db, resourceId, tag)
}
