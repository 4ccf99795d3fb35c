import { boolean, integer, novaObject, novaObjectList, string, uuid } from './base/index.js'
import { timestampFields } from './persistent.js'

export class CellMapping extends novaObject('CellMapping', '1.1', {
  id: integer({ readOnly: true }),
  uuid: uuid(),
  name: string({ nullable: true }),
  transport_url: string(),
  database_connection: string(),
  disabled: boolean({ default: false, since: '1.1' }),
  ...timestampFields(),
}) {}

export class CellMappingList extends novaObjectList('CellMappingList', '1.1', () => CellMapping) {}
