import type { CellDb, CellRow } from '../rows.js'

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
