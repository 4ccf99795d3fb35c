import { dictOf, integer, novaObject, novaObjectList, string } from './base/index.js'

export class PciDevicePool extends novaObject('PciDevicePool', '1.1', {
  product_id: string(),
  vendor_id: string(),
  numa_node: integer({ nullable: true, since: '1.1' }),
  tags: dictOf(string({ nullable: true }))(),
  count: integer(),
}) {}

export class PciDevicePoolList extends novaObjectList(
  'PciDevicePoolList',
  '1.1',
  () => PciDevicePool,
) {}
