import { type CellDb, type CellRow, cellValues, insertedId, now, type Values } from '../rows.js'

export type MigrationRow = CellRow<'migrations'>

/** Statuses of migrations that are over. */
const finished = [
  'accepted',
  'confirmed',
  'reverted',
  'error',
  'failed',
  'completed',
  'cancelled',
  'done',
]

export interface MigrationFilter {
  readonly id?: number | undefined
  readonly uuid?: string | undefined
  readonly instanceUuid?: string | undefined
  readonly status?: string | readonly string[] | undefined
  readonly migrationType?: string | undefined
  readonly sourceCompute?: string | undefined
  /** Source or destination. */
  readonly host?: string | undefined
  readonly hidden?: boolean | undefined
  readonly userId?: string | undefined
  readonly projectId?: string | undefined
  readonly changesSince?: Date | undefined
  readonly changesBefore?: Date | undefined
  readonly limit?: number | null | undefined
  /** Only what comes after this one in the order of the list. */
  readonly after?: { readonly id: number; readonly created_at: Date | null } | undefined
}

/** Newest first. */
export const selectMigrations = (db: CellDb, filter: MigrationFilter): Promise<MigrationRow[]> => {
  let query = db
    .selectFrom('migrations')
    .selectAll()
    .where('deleted', '=', 0)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
  if (filter.id !== undefined) query = query.where('id', '=', filter.id)
  if (filter.uuid !== undefined) query = query.where('uuid', '=', filter.uuid)
  if (filter.instanceUuid !== undefined) {
    query = query.where('instance_uuid', '=', filter.instanceUuid)
  }
  if (filter.status !== undefined) {
    const { status } = filter
    query = query.where('status', 'in', typeof status === 'string' ? [status] : status)
  }
  if (filter.migrationType !== undefined) {
    const type = filter.migrationType
    query = query.where(eb => eb(eb.cast<string>('migration_type', 'char'), '=', type))
  }
  if (filter.sourceCompute !== undefined) {
    query = query.where('source_compute', '=', filter.sourceCompute)
  }
  if (filter.host !== undefined) {
    const { host } = filter
    query = query.where(eb =>
      eb.or([eb('source_compute', '=', host), eb('dest_compute', '=', host)]),
    )
  }
  if (filter.hidden !== undefined) query = query.where('hidden', '=', Number(filter.hidden))
  if (filter.userId !== undefined) query = query.where('user_id', '=', filter.userId)
  if (filter.projectId !== undefined) query = query.where('project_id', '=', filter.projectId)
  if (filter.changesSince) query = query.where('updated_at', '>=', filter.changesSince)
  if (filter.changesBefore) query = query.where('updated_at', '<=', filter.changesBefore)
  if (filter.after) {
    const { id, created_at: time } = filter.after
    query = query.where(eb =>
      eb.or([
        eb('created_at', '<', time),
        eb.and([eb('created_at', '=', time), eb('id', '<', id)]),
      ]),
    )
  }
  if (typeof filter.limit === 'number') query = query.limit(filter.limit)
  return query.execute()
}

/** Migrations from or to a node that are neither over nor, with `errors`, in error. */
export const migrationsUnderWay = (
  db: CellDb,
  host: string,
  node: string,
  errors: boolean,
): Promise<MigrationRow[]> =>
  db
    .selectFrom('migrations')
    .selectAll()
    .where('deleted', '=', 0)
    .where(eb =>
      eb.or([
        eb.and([eb('source_compute', '=', host), eb('source_node', '=', node)]),
        eb.and([eb('dest_compute', '=', host), eb('dest_node', '=', node)]),
      ]),
    )
    .where(
      'status',
      'not in',
      finished.filter(status => !(errors && status === 'error')),
    )
    .execute()

/** Cold ones that arrived on a host before then, and wait for a word of their owners. */
export const migrationsUnconfirmed = (
  db: CellDb,
  destCompute: string,
  before: Date,
): Promise<MigrationRow[]> =>
  db
    .selectFrom('migrations')
    .selectAll()
    .where('deleted', '=', 0)
    .where('status', '=', 'finished')
    .where('dest_compute', '=', destCompute)
    .where('updated_at', '<=', before)
    .execute()

export const migrationsOfInstanceUnderWay = (
  db: CellDb,
  instanceUuid: string,
): Promise<MigrationRow[]> =>
  db
    .selectFrom('migrations')
    .selectAll()
    .where('deleted', '=', 0)
    .where('instance_uuid', '=', instanceUuid)
    .where('status', 'in', ['queued', 'preparing', 'running', 'post-migrating'])
    .execute()

export const insertMigration = async (
  db: CellDb,
  values: Values & { readonly uuid: string },
): Promise<MigrationRow> => {
  const result = await db
    .insertInto('migrations')
    .values({
      hidden: 0,
      cross_cell_move: 0,
      ...cellValues('migrations', values),
      created_at: now(),
      deleted: 0,
    })
    .executeTakeFirstOrThrow()
  return db
    .selectFrom('migrations')
    .selectAll()
    .where('id', '=', insertedId(result))
    .executeTakeFirstOrThrow()
}

export const updateMigration = async (
  db: CellDb,
  id: number,
  values: Values,
): Promise<MigrationRow | undefined> => {
  await db
    .updateTable('migrations')
    .set({ ...cellValues('migrations', values), updated_at: now() })
    .where('id', '=', id)
    .where('deleted', '=', 0)
    .execute()
  const [row] = await selectMigrations(db, { id })
  return row
}
