import { integer, novaObject, novaObjectList, string, uuid } from './base/index.js'
import { persistentFields } from './persistent.js'

export class InstanceFault extends novaObject('InstanceFault', '1.2', {
  id: integer(),
  instance_uuid: uuid(),
  code: integer(),
  message: string({ nullable: true }),
  details: string({ nullable: true }),
  host: string({ nullable: true }),
  ...persistentFields(),
}) {}

export class InstanceFaultList extends novaObjectList(
  'InstanceFaultList',
  '1.2',
  () => InstanceFault,
) {}
