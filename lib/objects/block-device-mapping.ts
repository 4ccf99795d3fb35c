import { boolean, integer, novaObject, novaObjectList, object, string, uuid } from './base/index.js'
import {
  blockDeviceDestinationType,
  blockDeviceEncryptionFormatType,
  blockDeviceSourceType,
  blockDeviceType,
} from './enums.js'
import { Instance } from './instance.js'
import { persistentFields } from './persistent.js'

export class BlockDeviceMapping extends novaObject('BlockDeviceMapping', '1.21', {
  id: integer(),
  uuid: uuid({ since: '1.19' }),
  instance_uuid: uuid(),
  instance: object(() => Instance)({ nullable: true }),
  source_type: blockDeviceSourceType({ nullable: true }),
  destination_type: blockDeviceDestinationType({ nullable: true }),
  guest_format: string({ nullable: true }),
  device_type: blockDeviceType({ nullable: true }),
  disk_bus: string({ nullable: true }),
  boot_index: integer({ nullable: true }),
  device_name: string({ nullable: true }),
  delete_on_termination: boolean({ default: false }),
  snapshot_id: string({ nullable: true }),
  volume_id: string({ nullable: true }),
  volume_size: integer({ nullable: true }),
  image_id: string({ nullable: true }),
  no_device: boolean({ default: false }),
  connection_info: string({ nullable: true }),
  tag: string({ nullable: true, since: '1.17' }),
  attachment_id: uuid({ nullable: true, since: '1.18' }),
  volume_type: string({ nullable: true, since: '1.20' }),
  encrypted: boolean({ default: false, since: '1.21' }),
  encryption_secret_uuid: uuid({ nullable: true, since: '1.21' }),
  encryption_format: blockDeviceEncryptionFormatType({ nullable: true, since: '1.21' }),
  encryption_options: string({ nullable: true, since: '1.21' }),
  ...persistentFields(),
}) {}

export class BlockDeviceMappingList extends novaObjectList(
  'BlockDeviceMappingList',
  '1.18',
  () => BlockDeviceMapping,
) {}
