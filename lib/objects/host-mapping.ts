import { integer, novaObject, novaObjectList, object, string } from './base/index.js'
import { CellMapping } from './cell-mapping.js'
import { timestampFields } from './persistent.js'

export class HostMapping extends novaObject('HostMapping', '1.0', {
  id: integer({ readOnly: true }),
  host: string(),
  cell_mapping: object(() => CellMapping)(),
  ...timestampFields(),
}) {}

export class HostMappingList extends novaObjectList('HostMappingList', '1.1', () => HostMapping) {}
