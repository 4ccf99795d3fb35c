import type { RequestContext } from '../context/index.js'
import { selectTaskLogs } from '../db/queries/cell/task-logs.js'
import { cellOf, withDeletedFlag } from './access.js'
import {
  dateTime,
  integer,
  novaObject,
  novaObjectList,
  remotableClassMethod,
  string,
} from './base/index.js'
import { persistentFields } from './persistent.js'

/** What a host wrote of a run of a task over a period. */
export class TaskLog extends novaObject('TaskLog', '1.0', {
  id: integer({ readOnly: true }),
  task_name: string(),
  state: string({ readOnly: true }),
  host: string(),
  period_beginning: dateTime(),
  period_ending: dateTime(),
  message: string(),
  task_items: integer(),
  errors: integer(),
  ...persistentFields(),
}) {}

export class TaskLogList extends novaObjectList('TaskLogList', '1.0', () => TaskLog) {
  /** Of all hosts of the cell, unless one is named. */
  @remotableClassMethod(
    ['task_name', 'period_beginning', 'period_ending'],
    ['host', 'state', 'use_slave'],
  )
  static async getAll(
    context: RequestContext,
    taskName: string,
    begin: Date,
    end: Date,
    options: { readonly host?: string; readonly state?: string } = {},
  ): Promise<TaskLogList> {
    const rows = await selectTaskLogs(cellOf(context).kysely, taskName, begin, end, options)
    return TaskLogList.of(
      context,
      rows.map(row => TaskLog.hydrate(context, withDeletedFlag(row))),
    )
  }
}
