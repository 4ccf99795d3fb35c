import { dateTime, integer, novaObject, novaObjectList, string } from './base/index.js'
import { persistentFields } from './persistent.js'

export class InstanceActionEvent extends novaObject('InstanceActionEvent', '1.4', {
  id: integer(),
  event: string({ nullable: true }),
  action_id: integer({ nullable: true }),
  start_time: dateTime({ nullable: true }),
  finish_time: dateTime({ nullable: true }),
  result: string({ nullable: true }),
  traceback: string({ nullable: true }),
  host: string({ nullable: true, since: '1.2' }),
  details: string({ nullable: true, since: '1.4' }),
  ...persistentFields(),
}) {}

export class InstanceActionEventList extends novaObjectList(
  'InstanceActionEventList',
  '1.1',
  () => InstanceActionEvent,
) {}
