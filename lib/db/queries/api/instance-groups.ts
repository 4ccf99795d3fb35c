import { prepared } from '../../prepared.js'
import { type ApiDb, type ApiRow, deletedRows, inChunks, insertedId, now } from '../rows.js'

export type InstanceGroupRow = ApiRow<'instance_groups'>

export interface InstanceGroupFilter {
  readonly id?: number | undefined
  readonly uuid?: string | undefined
  readonly name?: string | undefined
  readonly projectId?: string | undefined
  readonly userId?: string | undefined
  /** The group that this instance is in. */
  readonly member?: string | undefined
}

export const selectInstanceGroups = (
  db: ApiDb,
  filter: InstanceGroupFilter,
): Promise<InstanceGroupRow[]> => {
  let query = db.selectFrom('instance_groups').selectAll().orderBy('id')
  if (filter.id !== undefined) query = query.where('id', '=', filter.id)
  if (filter.uuid !== undefined) query = query.where('uuid', '=', filter.uuid)
  if (filter.name !== undefined) query = query.where('name', '=', filter.name)
  if (filter.projectId !== undefined) query = query.where('project_id', '=', filter.projectId)
  if (filter.userId !== undefined) query = query.where('user_id', '=', filter.userId)
  const { member } = filter
  if (member !== undefined) {
    query = query.where('id', 'in', eb =>
      eb.selectFrom('instance_group_member').select('group_id').where('instance_uuid', '=', member),
    )
  }
  return query.execute()
}

const selectGroupsOf = prepared((db: ApiDb, { uuids }: { readonly uuids: readonly string[] }) =>
  db
    .selectFrom('instance_group_member as member')
    .innerJoin('instance_groups as group', 'group.id', 'member.group_id')
    .select(['member.instance_uuid', 'group.uuid'])
    .where('member.instance_uuid', 'in', uuids)
    .orderBy('group.id', 'desc'),
)

/** Which group each of these servers is in, of which there is one at most. */
export const groupsOfInstances = (
  db: ApiDb,
  instanceUuids: readonly string[],
): Promise<{ readonly instance_uuid: string | null; readonly uuid: string }[]> =>
  inChunks(instanceUuids, part => selectGroupsOf(db, { uuids: part }))

export const policiesOfGroups = (
  db: ApiDb,
  ids: readonly number[],
): Promise<ApiRow<'instance_group_policy'>[]> =>
  inChunks(ids, part =>
    db.selectFrom('instance_group_policy').selectAll().where('group_id', 'in', part).execute(),
  )

export const membersOfGroups = (
  db: ApiDb,
  ids: readonly number[],
): Promise<ApiRow<'instance_group_member'>[]> =>
  inChunks(ids, part =>
    db
      .selectFrom('instance_group_member')
      .selectAll()
      .where('group_id', 'in', part)
      .orderBy('id')
      .execute(),
  )

export const insertInstanceGroup = async (
  db: ApiDb,
  row: {
    readonly uuid: string
    readonly name: string | null
    readonly user_id: string | null
    readonly project_id: string | null
  },
  policy: { readonly policy: string; readonly rules: string | null } | null,
  members: readonly string[],
): Promise<InstanceGroupRow> => {
  const result = await db
    .insertInto('instance_groups')
    .values({ ...row, created_at: now() })
    .executeTakeFirstOrThrow()
  const id = insertedId(result)
  if (policy) {
    await db
      .insertInto('instance_group_policy')
      .values({ ...policy, group_id: id, created_at: now() })
      .execute()
  }
  await insertMembers(db, id, members)
  return db.selectFrom('instance_groups').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

export const updateInstanceGroup = async (
  db: ApiDb,
  id: number,
  values: {
    readonly name?: string | null
    readonly user_id?: string | null
    readonly project_id?: string | null
  },
): Promise<void> => {
  await db
    .updateTable('instance_groups')
    .set({ ...values, updated_at: now() })
    .where('id', '=', id)
    .execute()
}

/** Those that are members already stay once. */
export const insertMembers = async (
  db: ApiDb,
  groupId: number,
  uuids: readonly string[],
): Promise<void> => {
  const present = new Set((await membersOfGroups(db, [groupId])).map(row => row.instance_uuid))
  const rows = [...new Set(uuids)]
    .filter(uuid => !present.has(uuid))
    .map(instance_uuid => ({ instance_uuid, group_id: groupId, created_at: now() }))
  if (rows.length > 0) await db.insertInto('instance_group_member').values(rows).execute()
}

export const deleteMembers = async (
  db: ApiDb,
  groupId: number,
  uuids: readonly string[],
): Promise<void> => {
  await inChunks(uuids, part =>
    db
      .deleteFrom('instance_group_member')
      .where('group_id', '=', groupId)
      .where('instance_uuid', 'in', part)
      .execute(),
  )
}

/**
 * Takes instances out of whatever groups they are in.
 *
 * @returns how many memberships there were
 */
export const deleteMemberships = async (db: ApiDb, uuids: readonly string[]): Promise<number> => {
  const results = await inChunks(uuids, part =>
    db.deleteFrom('instance_group_member').where('instance_uuid', 'in', part).execute(),
  )
  return deletedRows(results)
}

/** @returns whether it was there */
export const deleteInstanceGroup = async (db: ApiDb, id: number): Promise<boolean> => {
  await db.deleteFrom('instance_group_member').where('group_id', '=', id).execute()
  await db.deleteFrom('instance_group_policy').where('group_id', '=', id).execute()
  const result = await db.deleteFrom('instance_groups').where('id', '=', id).executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Groups of a project, and of a user in it. */
export const countInstanceGroups = async (
  db: ApiDb,
  projectId: string,
  userId: string | null,
): Promise<{ readonly project: number; readonly user: number }> => {
  const groups = await selectInstanceGroups(db, { projectId })
  return {
    project: groups.length,
    user: userId === null ? 0 : groups.filter(group => group.user_id === userId).length,
  }
}
