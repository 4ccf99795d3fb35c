import type { RequestContext } from '../context/index.js'
import { duplicateEntry } from '../db/errors.js'
import { finishTaskLog, insertTaskLog, selectTaskLogs } from '../db/queries/cell/task-logs.js'
import { TaskAlreadyRunning, TaskNotRunning } from '../exception/index.js'
import { cellOf, withDeletedFlag } from './access.js'
import {
  dateTime,
  integer,
  novaObject,
  novaObjectList,
  remotable,
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
}) {
  /** @returns null when the host has not begun it */
  @remotableClassMethod(['task_name', 'period_beginning', 'period_ending', 'host'], ['state'])
  static async get(
    context: RequestContext,
    taskName: string,
    begin: Date,
    end: Date,
    host: string,
    options: { readonly state?: string } = {},
  ): Promise<TaskLog | null> {
    const filters = { host, ...options }
    const [row] = await selectTaskLogs(cellOf(context).kysely, taskName, begin, end, filters)
    return row ? TaskLog.hydrate(context, withDeletedFlag(row)) : null
  }

  /** @throws TaskAlreadyRunning */
  @remotable()
  async beginTask(): Promise<void> {
    const context = this.requireContext('begin_task')
    const { taskName, host } = this
    try {
      await insertTaskLog(cellOf(context).kysely, {
        ...this.#run(),
        task_items: this.get('taskItems') ?? 0,
      })
    } catch (error) {
      if (!duplicateEntry(error)) throw error
      throw new TaskAlreadyRunning({ task_name: taskName, host })
    }
  }

  /** @throws TaskNotRunning */
  @remotable()
  async endTask(): Promise<void> {
    const context = this.requireContext('end_task')
    const { taskName, host } = this
    const log = { ...this.#run(), errors: this.get('errors') ?? 0 }
    if (await finishTaskLog(cellOf(context).kysely, log)) return
    throw new TaskNotRunning({ task_name: taskName, host })
  }

  #run() {
    return {
      task_name: this.taskName,
      period_beginning: this.periodBeginning,
      period_ending: this.periodEnding,
      host: this.host,
      message: this.get('message') ?? '',
    }
  }
}

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
