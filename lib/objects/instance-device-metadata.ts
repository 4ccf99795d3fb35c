import type { RequestContext } from '../context/index.js'
import {
  boolean,
  integer,
  listOf,
  novaObject,
  object,
  remotableClassMethod,
  string,
} from './base/index.js'
import { extraPrimitive } from './instance-extra.js'

export class DeviceBus extends novaObject('DeviceBus', '1.0', {}) {}

export class PCIDeviceBus extends novaObject('PCIDeviceBus', '1.0', {
  address: string(),
}) {}

export class USBDeviceBus extends novaObject('USBDeviceBus', '1.0', {
  address: string(),
}) {}

export class SCSIDeviceBus extends novaObject('SCSIDeviceBus', '1.0', {
  address: string(),
}) {}

export class IDEDeviceBus extends novaObject('IDEDeviceBus', '1.0', {
  address: string(),
}) {}

export class XenDeviceBus extends novaObject('XenDeviceBus', '1.0', {
  address: string(),
}) {}

/** What may stand where a DeviceBus is declared. */
export const deviceBuses = [PCIDeviceBus, USBDeviceBus, SCSIDeviceBus, IDEDeviceBus, XenDeviceBus]

export class DeviceMetadata extends novaObject('DeviceMetadata', '1.0', {
  bus: object(
    () => DeviceBus,
    () => deviceBuses,
  )(),
  tags: listOf(string())(),
}) {}

export class NetworkInterfaceMetadata extends novaObject('NetworkInterfaceMetadata', '1.2', {
  mac: string(),
  vlan: integer({ since: '1.1' }),
  vf_trusted: boolean({ default: false, since: '1.2' }),
  bus: object(
    () => DeviceBus,
    () => deviceBuses,
  )(),
  tags: listOf(string())(),
}) {}

export class DiskMetadata extends novaObject('DiskMetadata', '1.0', {
  serial: string({ nullable: true }),
  path: string({ nullable: true }),
  bus: object(
    () => DeviceBus,
    () => deviceBuses,
  )(),
  tags: listOf(string())(),
}) {}

/** What may stand where a DeviceMetadata is declared. */
export const deviceMetadata = [NetworkInterfaceMetadata, DiskMetadata]

export class InstanceDeviceMetadata extends novaObject('InstanceDeviceMetadata', '1.0', {
  devices: listOf(
    object(
      () => DeviceMetadata,
      () => deviceMetadata,
    )(),
  )(),
}) {
  /** @returns null for a server without */
  @remotableClassMethod(['instance_uuid'])
  static async getByInstanceUuid(
    context: RequestContext,
    instanceUuid: string,
  ): Promise<InstanceDeviceMetadata | null> {
    const primitive = await extraPrimitive(context, instanceUuid, 'device_metadata')
    return primitive ? InstanceDeviceMetadata.fromPrimitive(primitive, context) : null
  }
}
