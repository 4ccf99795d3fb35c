import type { ApiDb } from '../rows.js'

/** A mapping that an older nova made, which lacks something of today's. */
export interface IncompleteMapping {
  readonly instance_uuid: string
  readonly cell_id: number | null
}

/** Mappings of servers in cells of which nobody knows yet whether they are deleted. */
export const mappingsWithoutQueued = (db: ApiDb, limit: number): Promise<IncompleteMapping[]> =>
  db
    .selectFrom('instance_mappings')
    .select(['instance_uuid', 'cell_id'])
    .where('queued_for_delete', 'is', null)
    .where('cell_id', 'is not', null)
    .orderBy('id')
    .limit(limit)
    .execute()

/** Mappings of servers whose user is not known, but those that are marks of other commands. */
export const mappingsWithoutUser = (
  db: ApiDb,
  marks: readonly string[],
  limit: number,
): Promise<IncompleteMapping[]> =>
  db
    .selectFrom('instance_mappings')
    .select(['instance_uuid', 'cell_id'])
    .where('user_id', 'is', null)
    .where('project_id', 'not in', [...marks])
    .orderBy('id')
    .limit(limit)
    .execute()
