import { novaObject, string, uuid } from './base/index.js'
import { persistentFields } from './persistent.js'

export class InstanceInfoCache extends novaObject('InstanceInfoCache', '1.5', {
  instance_uuid: uuid(),
  network_info: string({ nullable: true }),
  ...persistentFields(),
}) {}
