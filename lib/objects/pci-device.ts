import { dictOf, integer, novaObject, novaObjectList, string, uuid } from './base/index.js'
import { pciDeviceStatus, pciDeviceType } from './enums.js'
import { persistentFields } from './persistent.js'

export class PciDevice extends novaObject('PciDevice', '1.7', {
  id: integer(),
  uuid: uuid({ since: '1.6' }),
  compute_node_id: integer({ nullable: true }),
  address: string(),
  vendor_id: string(),
  product_id: string(),
  dev_type: pciDeviceType(),
  status: pciDeviceStatus(),
  dev_id: string({ nullable: true }),
  label: string({ nullable: true }),
  instance_uuid: string({ nullable: true }),
  request_id: string({ nullable: true, since: '1.2' }),
  extra_info: dictOf(string())({ default: {} }),
  numa_node: integer({ nullable: true }),
  parent_addr: string({ nullable: true, since: '1.4' }),
  ...persistentFields(),
}) {}

export class PciDeviceList extends novaObjectList('PciDeviceList', '1.3', () => PciDevice) {}
