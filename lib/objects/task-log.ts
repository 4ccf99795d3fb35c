import { dateTime, integer, novaObject, novaObjectList, string } from './base/index.js'
import { persistentFields } from './persistent.js'

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

export class TaskLogList extends novaObjectList('TaskLogList', '1.0', () => TaskLog) {}
