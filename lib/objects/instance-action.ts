import { dateTime, integer, novaObject, novaObjectList, string, uuid } from './base/index.js'
import { persistentFields } from './persistent.js'

export class InstanceAction extends novaObject('InstanceAction', '1.2', {
  id: integer(),
  action: string({ nullable: true }),
  instance_uuid: uuid({ nullable: true }),
  request_id: string({ nullable: true }),
  user_id: string({ nullable: true }),
  project_id: string({ nullable: true }),
  start_time: dateTime({ nullable: true }),
  finish_time: dateTime({ nullable: true }),
  message: string({ nullable: true }),
  ...persistentFields(),
}) {}

export class InstanceActionList extends novaObjectList(
  'InstanceActionList',
  '1.1',
  () => InstanceAction,
) {}
