import { type CellDb, insertedId, now } from '../rows.js'

/** Where numbers stand for uuids that EC2's ids are made of: servers', and images'. */
export type NumberedTable = 'instance_id_mappings' | 's3_images'

export interface Numbered {
  readonly id: number
  readonly uuid: string
}

export const numberedBy = (
  db: CellDb,
  table: NumberedTable,
  by: { readonly id: number } | { readonly uuid: string },
): Promise<(Numbered & Dates) | undefined> => {
  const query = db
    .selectFrom(table)
    .selectAll()
    .where(eb => eb.or([eb('deleted', '=', 0), eb('deleted', 'is', null)]))
  return ('id' in by ? query.where('id', '=', by.id) : query.where('uuid', '=', by.uuid))
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
}

interface Dates {
  readonly created_at: Date | null
  readonly updated_at: Date | null
  readonly deleted_at: Date | null
  readonly deleted: number | null
}

export const insertNumbered = async (
  db: CellDb,
  table: NumberedTable,
  uuid: string,
): Promise<Numbered & Dates> => {
  const result = await db
    .insertInto(table)
    .values({ uuid, created_at: now(), deleted: 0 })
    .executeTakeFirstOrThrow()
  return db
    .selectFrom(table)
    .selectAll()
    .where('id', '=', insertedId(result))
    .executeTakeFirstOrThrow()
}
