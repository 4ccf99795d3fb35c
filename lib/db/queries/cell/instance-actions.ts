import { type CellDb, type CellRow, insertedId, now } from '../rows.js'

export type InstanceActionRow = CellRow<'instance_actions'>
export type InstanceActionEventRow = CellRow<'instance_actions_events'>

export interface NewAction {
  readonly action: string
  readonly instance_uuid: string
  readonly request_id: string
  readonly user_id: string | null
  readonly project_id: string | null
  readonly start_time: Date
}

export const insertAction = async (db: CellDb, action: NewAction): Promise<InstanceActionRow> => {
  const result = await db
    .insertInto('instance_actions')
    .values({ ...action, created_at: now(), deleted: 0 })
    .executeTakeFirstOrThrow()
  return db
    .selectFrom('instance_actions')
    .selectAll()
    .where('id', '=', insertedId(result))
    .executeTakeFirstOrThrow()
}

/** The instance's actions, newest first. */
const newestActions = (db: CellDb, instanceUuid: string) =>
  db
    .selectFrom('instance_actions')
    .selectAll()
    .where('instance_uuid', '=', instanceUuid)
    .where('deleted', '=', 0)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')

/** The newest action that the request started on the instance. */
export const actionByRequest = (
  db: CellDb,
  instanceUuid: string,
  requestId: string,
): Promise<InstanceActionRow | undefined> =>
  newestActions(db, instanceUuid).where('request_id', '=', requestId).executeTakeFirst()

export const lastAction = (
  db: CellDb,
  instanceUuid: string,
): Promise<InstanceActionRow | undefined> => newestActions(db, instanceUuid).executeTakeFirst()

export const finishAction = async (
  db: CellDb,
  id: number,
  values: { readonly finish_time?: Date | null; readonly message?: string | null },
): Promise<InstanceActionRow | undefined> => {
  await db
    .updateTable('instance_actions')
    .set({ ...values, updated_at: now() })
    .where('id', '=', id)
    .execute()
  return db.selectFrom('instance_actions').selectAll().where('id', '=', id).executeTakeFirst()
}

export interface ActionQuery {
  readonly limit?: number | null | undefined
  readonly afterId?: number | undefined
  readonly changesSince?: Date | undefined
  readonly changesBefore?: Date | undefined
}

/** Newest first. */
export const actionsOfInstance = (
  db: CellDb,
  instanceUuid: string,
  { limit, afterId, changesSince, changesBefore }: ActionQuery,
): Promise<InstanceActionRow[]> => {
  let query = newestActions(db, instanceUuid)
  // Ids and times of creation rise together.
  if (afterId !== undefined) query = query.where('id', '<', afterId)
  if (changesSince) query = query.where('updated_at', '>=', changesSince)
  if (changesBefore) query = query.where('updated_at', '<=', changesBefore)
  if (typeof limit === 'number') query = query.limit(limit)
  return query.execute()
}

export const insertActionEvent = async (
  db: CellDb,
  event: {
    readonly action_id: number
    readonly event: string
    readonly start_time: Date
    readonly host: string | null
  },
): Promise<InstanceActionEventRow> => {
  const result = await db
    .insertInto('instance_actions_events')
    .values({ ...event, created_at: now(), deleted: 0 })
    .executeTakeFirstOrThrow()
  await db
    .updateTable('instance_actions')
    .set({ updated_at: now() })
    .where('id', '=', event.action_id)
    .execute()
  return db
    .selectFrom('instance_actions_events')
    .selectAll()
    .where('id', '=', insertedId(result))
    .executeTakeFirstOrThrow()
}

/**
 * The event of that name to be finished: the first of the action, even when another was started
 * since (a build that was tried on a second host).
 */
export const firstActionEvent = (
  db: CellDb,
  actionId: number,
  event: string,
): Promise<InstanceActionEventRow | undefined> =>
  db
    .selectFrom('instance_actions_events')
    .selectAll()
    .where('action_id', '=', actionId)
    .where('event', '=', event)
    .where('deleted', '=', 0)
    .orderBy('id')
    .executeTakeFirst()

export const finishActionEvent = async (
  db: CellDb,
  row: InstanceActionEventRow,
  values: {
    readonly finish_time: Date
    readonly result: string
    readonly traceback: string | null
    readonly details: string | null
  },
): Promise<InstanceActionEventRow> => {
  await db
    .updateTable('instance_actions_events')
    .set({ ...values, updated_at: now() })
    .where('id', '=', row.id)
    .execute()
  if (row.action_id !== null) {
    await db
      .updateTable('instance_actions')
      .set({
        updated_at: now(),
        ...(values.result.toLowerCase() === 'error' && { message: 'Error' }),
      })
      .where('id', '=', row.action_id)
      .execute()
  }
  return { ...row, ...values, updated_at: now() }
}

/** Newest first. */
export const eventsOfAction = (db: CellDb, actionId: number): Promise<InstanceActionEventRow[]> =>
  db
    .selectFrom('instance_actions_events')
    .selectAll()
    .where('action_id', '=', actionId)
    .where('deleted', '=', 0)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()

export const actionEventById = (
  db: CellDb,
  actionId: number,
  eventId: number,
): Promise<InstanceActionEventRow | undefined> =>
  db
    .selectFrom('instance_actions_events')
    .selectAll()
    .where('action_id', '=', actionId)
    .where('id', '=', eventId)
    .where('deleted', '=', 0)
    .executeTakeFirst()

/** @returns the new row */
export const insertFault = async (
  db: CellDb,
  fault: {
    readonly instance_uuid: string
    readonly code: number
    readonly message: string | null
    readonly details: string | null
    readonly host: string | null
  },
): Promise<CellRow<'instance_faults'>> => {
  const result = await db
    .insertInto('instance_faults')
    .values({ ...fault, created_at: now(), deleted: 0 })
    .executeTakeFirstOrThrow()
  return db
    .selectFrom('instance_faults')
    .selectAll()
    .where('id', '=', insertedId(result))
    .executeTakeFirstOrThrow()
}
