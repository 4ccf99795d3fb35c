import { dictOf, integer, listOf, novaObject, novaObjectList, string, uuid } from './base/index.js'
import { persistentFields } from './persistent.js'

export class InstanceGroup extends novaObject('InstanceGroup', '1.11', {
  id: integer(),
  user_id: string({ nullable: true }),
  project_id: string({ nullable: true }),
  uuid: uuid(),
  name: string({ nullable: true }),
  policies: listOf(string())({ nullable: true, readOnly: true }),
  members: listOf(string())({ nullable: true }),
  hosts: listOf(string())({ nullable: true }),
  policy: string({ nullable: true }),
  _rules: dictOf(string())(),
  ...persistentFields(),
}) {}

export class InstanceGroupList extends novaObjectList(
  'InstanceGroupList',
  '1.8',
  () => InstanceGroup,
) {}
