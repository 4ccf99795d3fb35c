import { type ApiDb, now } from '../rows.js'

/** Resource → limit (-1: none); what is not limited has no key. */
export type Limits = Readonly<Record<string, number>>

const limitsOf = (
  rows: readonly { readonly resource: string | null; readonly hard_limit: number | null }[],
): Limits =>
  Object.fromEntries(
    rows.flatMap(row =>
      row.resource === null || row.hard_limit === null ? [] : [[row.resource, row.hard_limit]],
    ),
  )

export const projectLimits = async (db: ApiDb, projectId: string): Promise<Limits> =>
  limitsOf(
    await db
      .selectFrom('quotas')
      .select(['resource', 'hard_limit'])
      .where('project_id', '=', projectId)
      .execute(),
  )

export const userLimits = async (db: ApiDb, projectId: string, userId: string): Promise<Limits> =>
  limitsOf(
    await db
      .selectFrom('project_user_quotas')
      .select(['resource', 'hard_limit'])
      .where('project_id', '=', projectId)
      .where('user_id', '=', userId)
      .execute(),
  )

export const classLimits = async (db: ApiDb, className: string): Promise<Limits> =>
  limitsOf(
    await db
      .selectFrom('quota_classes')
      .select(['resource', 'hard_limit'])
      .where('class_name', '=', className)
      .execute(),
  )

export const setProjectLimit = async (
  db: ApiDb,
  projectId: string,
  resource: string,
  limit: number,
): Promise<void> => {
  const result = await db
    .updateTable('quotas')
    .set({ hard_limit: limit, updated_at: now() })
    .where('project_id', '=', projectId)
    .where('resource', '=', resource)
    .executeTakeFirst()
  if (result.numUpdatedRows > 0n) return
  await db
    .insertInto('quotas')
    .values({ project_id: projectId, resource, hard_limit: limit, created_at: now() })
    .execute()
}

export const setUserLimit = async (
  db: ApiDb,
  projectId: string,
  userId: string,
  resource: string,
  limit: number,
): Promise<void> => {
  const result = await db
    .updateTable('project_user_quotas')
    .set({ hard_limit: limit, updated_at: now() })
    .where('project_id', '=', projectId)
    .where('user_id', '=', userId)
    .where('resource', '=', resource)
    .executeTakeFirst()
  if (result.numUpdatedRows > 0n) return
  await db
    .insertInto('project_user_quotas')
    .values({
      project_id: projectId,
      user_id: userId,
      resource,
      hard_limit: limit,
      created_at: now(),
    })
    .execute()
}

export const setClassLimit = async (
  db: ApiDb,
  className: string,
  resource: string,
  limit: number,
): Promise<void> => {
  const result = await db
    .updateTable('quota_classes')
    .set({ hard_limit: limit, updated_at: now() })
    .where('class_name', '=', className)
    .where('resource', '=', resource)
    .executeTakeFirst()
  if (result.numUpdatedRows > 0n) return
  await db
    .insertInto('quota_classes')
    .values({ class_name: className, resource, hard_limit: limit, created_at: now() })
    .execute()
}

/** Back to defaults: a project with all its users, or one user of it. */
export const deleteLimits = async (
  db: ApiDb,
  projectId: string,
  userId?: string | undefined,
): Promise<void> => {
  const users = db.deleteFrom('project_user_quotas').where('project_id', '=', projectId)
  await (userId === undefined ? users : users.where('user_id', '=', userId)).execute()
  if (userId === undefined) {
    await db.deleteFrom('quotas').where('project_id', '=', projectId).execute()
  }
}
