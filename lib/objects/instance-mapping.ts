import { boolean, integer, novaObject, novaObjectList, object, string, uuid } from './base/index.js'
import { CellMapping } from './cell-mapping.js'
import { timestampFields } from './persistent.js'

export class InstanceMapping extends novaObject('InstanceMapping', '1.2', {
  id: integer({ readOnly: true }),
  instance_uuid: uuid(),
  cell_mapping: object(() => CellMapping)({ nullable: true }),
  project_id: string(),
  user_id: string({ since: '1.2' }),
  queued_for_delete: boolean({ default: false, since: '1.1' }),
  ...timestampFields(),
}) {}

export class InstanceMappingList extends novaObjectList(
  'InstanceMappingList',
  '1.3',
  () => InstanceMapping,
) {}
