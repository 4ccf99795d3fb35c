import { integer, novaObject, novaObjectList, string, uuid } from './base/index.js'
import { persistentFields } from './persistent.js'

export class SecurityGroup extends novaObject('SecurityGroup', '1.2', {
  id: integer(),
  name: string(),
  description: string(),
  user_id: string(),
  project_id: string(),
  uuid: uuid({ since: '1.2' }),
  ...persistentFields(),
}) {}

export class SecurityGroupList extends novaObjectList(
  'SecurityGroupList',
  '1.1',
  () => SecurityGroup,
) {}
