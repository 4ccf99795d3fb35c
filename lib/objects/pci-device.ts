import type { RequestContext } from '../context/index.js'
import { pciDevicesOf } from '../db/queries/cell/instance-parts.js'
import { pciDevicesOfNode } from '../db/queries/cell/pci-devices.js'
import type { CellRow } from '../db/queries/rows.js'
import { cellOf, withDeletedFlag } from './access.js'
import {
  dictOf,
  integer,
  novaObject,
  novaObjectList,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
import { pciDeviceStatus, pciDeviceType } from './enums.js'
import { persistentFields } from './persistent.js'
import { refuse } from './refuse.js'

export class PciDevice extends novaObject(
  'PciDevice',
  '1.7',
  {
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
  },
  (data, isBelow) => {
    if (isBelow('1.4')) {
      // The parent's address was one of many things to know of a device.
      if (typeof data.parent_addr === 'string' && data.extra_info) {
        data.extra_info = { ...data.extra_info, phys_function: data.parent_addr }
      }
    } else if (isBelow('1.5') && 'parent_addr' in data) {
      refuse(data, 'status', ['unclaimable', 'unavailable'])
    }
    if (isBelow('1.7')) refuse(data, 'dev_type', ['vdpa'])
  },
) {
  static fromRow(context: RequestContext | null, row: CellRow<'pci_devices'>): PciDevice {
    const extra: unknown = row.extra_info ? JSON.parse(row.extra_info) : {}
    return PciDevice.hydrate(context, { ...withDeletedFlag(row), extra_info: extra })
  }
}

export class PciDeviceList extends novaObjectList('PciDeviceList', '1.3', () => PciDevice) {
  @remotableClassMethod(['node_id'])
  static async getByComputeNode(context: RequestContext, nodeId: number): Promise<PciDeviceList> {
    const rows = await pciDevicesOfNode(cellOf(context).kysely, nodeId)
    return PciDeviceList.of(
      context,
      rows.map(row => PciDevice.fromRow(context, row)),
    )
  }

  @remotableClassMethod(['uuid'])
  static async getByInstanceUuid(context: RequestContext, uuid: string): Promise<PciDeviceList> {
    const rows = await pciDevicesOf(cellOf(context).kysely, [uuid])
    return PciDeviceList.of(
      context,
      rows.map(row => PciDevice.fromRow(context, row)),
    )
  }
}
