import { type ApiDb, type ApiRow, deletedRows, inChunks, insertedId, now } from '../rows.js'

export type BuildRequestRow = ApiRow<'build_requests'>
export type RequestSpecRow = ApiRow<'request_specs'>

export interface BuildRequestTexts {
  readonly instance: string
  readonly block_device_mappings: string | null
  readonly tags: string | null
}

export const insertBuildRequest = async (
  db: ApiDb,
  row: BuildRequestTexts & { readonly instance_uuid: string; readonly project_id: string },
): Promise<BuildRequestRow> => {
  const result = await db
    .insertInto('build_requests')
    .values({ ...row, created_at: now() })
    .executeTakeFirstOrThrow()
  return db
    .selectFrom('build_requests')
    .selectAll()
    .where('id', '=', insertedId(result))
    .executeTakeFirstOrThrow()
}

export const updateBuildRequest = async (
  db: ApiDb,
  instanceUuid: string,
  texts: BuildRequestTexts,
): Promise<boolean> => {
  const result = await db
    .updateTable('build_requests')
    .set({ ...texts, updated_at: now() })
    .where('instance_uuid', '=', instanceUuid)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export const buildRequestByInstance = (
  db: ApiDb,
  instanceUuid: string,
): Promise<BuildRequestRow | undefined> =>
  db
    .selectFrom('build_requests')
    .selectAll()
    .where('instance_uuid', '=', instanceUuid)
    .executeTakeFirst()

/** @param projectId  null: of all projects */
export const selectBuildRequests = (
  db: ApiDb,
  projectId: string | null,
): Promise<BuildRequestRow[]> => {
  const query = db.selectFrom('build_requests').selectAll().orderBy('id')
  return (projectId === null ? query : query.where('project_id', '=', projectId)).execute()
}

/** @returns whether it was there: of several who delete it, one only is told yes */
export const deleteBuildRequest = async (db: ApiDb, instanceUuid: string): Promise<boolean> => {
  const result = await db
    .deleteFrom('build_requests')
    .where('instance_uuid', '=', instanceUuid)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

export const insertRequestSpec = async (
  db: ApiDb,
  instanceUuid: string,
  spec: string,
): Promise<number> =>
  insertedId(
    await db
      .insertInto('request_specs')
      .values({ instance_uuid: instanceUuid, spec, created_at: now() })
      .executeTakeFirstOrThrow(),
  )

export const updateRequestSpec = async (
  db: ApiDb,
  instanceUuid: string,
  spec: string,
): Promise<boolean> => {
  const result = await db
    .updateTable('request_specs')
    .set({ spec, updated_at: now() })
    .where('instance_uuid', '=', instanceUuid)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export const requestSpecsOf = (db: ApiDb, uuids: readonly string[]): Promise<RequestSpecRow[]> =>
  inChunks(uuids, part =>
    db.selectFrom('request_specs').selectAll().where('instance_uuid', 'in', part).execute(),
  )

export const deleteRequestSpec = async (db: ApiDb, instanceUuid: string): Promise<boolean> => {
  const result = await db
    .deleteFrom('request_specs')
    .where('instance_uuid', '=', instanceUuid)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** @returns how many there were */
export const deleteRequestSpecs = async (db: ApiDb, uuids: readonly string[]): Promise<number> => {
  const results = await inChunks(uuids, part =>
    db.deleteFrom('request_specs').where('instance_uuid', 'in', part).execute(),
  )
  return deletedRows(results)
}
