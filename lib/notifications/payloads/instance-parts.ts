import { type Ip, networkInfoFromJson } from '../../network/model.js'
import {
  type BlockDeviceMapping,
  boolean,
  dateTime,
  dictOf,
  type Instance,
  integer,
  ipAddress,
  novaObject,
  type ShareMapping,
  string,
  uuid,
} from '../../objects/index.js'
import { fill } from './fill.js'

export class IpPayload extends novaObject('IpPayload', '1.0', {
  label: string(),
  mac: string(),
  meta: dictOf(string())(),
  port_uuid: uuid({ nullable: true }),
  version: integer(),
  address: ipAddress(),
  device_name: string({ nullable: true }),
}) {
  /** Of the interfaces that are remembered of a server, as it was read. */
  static allOf(instance: Instance): IpPayload[] {
    const network = networkInfoFromJson(instance.get('infoCache')?.get('networkInfo'))
    return network.flatMap(vif => {
      const { label } = vif.network
      const payload = ({ version, address }: Ip) =>
        new IpPayload(null, {
          label: label ?? '',
          mac: vif.address,
          meta: Object.fromEntries(Object.entries(vif.meta).map(([k, v]) => [k, String(v)])),
          portUuid: vif.id,
          version,
          address,
          deviceName: vif.devname,
        })
      return vif.network.subnets.flatMap(({ ips }) => ips.map(payload))
    })
  }
}

export class BlockDevicePayload extends novaObject('BlockDevicePayload', '1.0', {
  device_name: string({ nullable: true }),
  boot_index: integer({ nullable: true }),
  delete_on_termination: boolean({ default: false }),
  volume_id: uuid(),
  tag: string({ nullable: true }),
}) {
  /** Volumes only. */
  static allOf(devices: Iterable<BlockDeviceMapping>): BlockDevicePayload[] {
    return [...devices]
      .filter(device => device.get('volumeId'))
      .map(device => fill(new BlockDevicePayload(), device))
  }
}

export class SharePayload extends novaObject('SharePayload', '1.0', {
  share_mapping_uuid: uuid(),
  share_id: uuid(),
  status: string(),
  tag: string(),
}) {
  static allOf(shares: Iterable<ShareMapping>): SharePayload[] {
    return [...shares].map(share => fill(new SharePayload(), share, { share_mapping_uuid: 'uuid' }))
  }
}

export class AuditPeriodPayload extends novaObject('AuditPeriodPayload', '1.0', {
  audit_period_beginning: dateTime(),
  audit_period_ending: dateTime(),
}) {}

/** Where it stood, and where it stands. */
export class InstanceStateUpdatePayload extends novaObject('InstanceStateUpdatePayload', '1.0', {
  old_state: string({ nullable: true }),
  state: string({ nullable: true }),
  old_task_state: string({ nullable: true }),
  new_task_state: string({ nullable: true }),
}) {}
