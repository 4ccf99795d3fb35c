import { type CellDb, type CellRow, now } from '../rows.js'

export type TaskLogRow = CellRow<'task_log'>

/** What the hosts wrote of one run of a task. */
export const selectTaskLogs = (
  db: CellDb,
  taskName: string,
  begin: Date,
  end: Date,
  { host, state }: { readonly host?: string | undefined; readonly state?: string | undefined } = {},
): Promise<TaskLogRow[]> => {
  let query = db
    .selectFrom('task_log')
    .selectAll()
    .where('task_name', '=', taskName)
    .where('period_beginning', '=', begin)
    .where('period_ending', '=', end)
    .orderBy('id')
  if (host !== undefined) query = query.where('host', '=', host)
  if (state !== undefined) query = query.where('state', '=', state)
  return query.execute()
}

export interface NewTaskLog {
  readonly task_name: string
  readonly period_beginning: Date
  readonly period_ending: Date
  readonly host: string
  readonly message: string
  readonly task_items: number
}

/** Of a run that begins. @throws a duplicate entry, when the host has begun it already */
export const insertTaskLog = async (db: CellDb, values: NewTaskLog): Promise<void> => {
  await db
    .insertInto('task_log')
    .values({ ...values, state: 'RUNNING', errors: 0, created_at: now(), deleted: 0 })
    .execute()
}

/** @returns false when there is no such run */
export const finishTaskLog = async (
  db: CellDb,
  log: Omit<NewTaskLog, 'task_items'> & { readonly errors: number },
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('task_log')
    .set({ state: 'DONE', errors: log.errors, message: log.message, updated_at: now() })
    .where('task_name', '=', log.task_name)
    .where('period_beginning', '=', log.period_beginning)
    .where('period_ending', '=', log.period_ending)
    .where('host', '=', log.host)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0
}
