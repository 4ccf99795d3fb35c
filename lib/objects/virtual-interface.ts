import { integer, novaObject, novaObjectList, string, uuid } from './base/index.js'
import { persistentFields } from './persistent.js'

export class VirtualInterface extends novaObject('VirtualInterface', '1.3', {
  id: integer(),
  address: string({ nullable: true }),
  network_id: integer(),
  instance_uuid: uuid(),
  uuid: uuid(),
  tag: string({ nullable: true, since: '1.1' }),
  ...persistentFields(),
}) {}

export class VirtualInterfaceList extends novaObjectList(
  'VirtualInterfaceList',
  '1.0',
  () => VirtualInterface,
) {}
