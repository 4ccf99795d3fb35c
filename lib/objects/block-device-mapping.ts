import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../context/index.js'
import {
  type BlockDeviceRow,
  blockDevicesOf,
  blockDevicesOfVolume,
  insertBlockDevice,
  sameBlockDevice,
  softDeleteBlockDevice,
  updateBlockDevice,
  volumesOfInstances,
} from '../db/queries/cell/block-devices.js'
import {
  BDMNotFound,
  InvalidVolume,
  ObjectActionError,
  VolumeBDMIsMultiAttach,
  VolumeBDMNotFound,
} from '../exception/index.js'
import { cellOf, withDeletedFlag } from './access.js'
import {
  boolean,
  integer,
  novaObject,
  novaObjectList,
  object,
  remotable,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
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
}) {
  static fromRow(context: RequestContext, row: BlockDeviceRow): BlockDeviceMapping {
    return BlockDeviceMapping.hydrate(context, withDeletedFlag(row))
  }

  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'create', reason: 'already created' })
    }
    if (this.isSet('instance')) {
      throw new ObjectActionError({ action: 'create', reason: 'instance assigned' })
    }
    if (!this.isSet('uuid')) this.uuid = randomUUID()
    const row = await cellOf(context).transaction(trx =>
      insertBlockDevice(trx, { ...this.changes(), uuid: this.uuid }),
    )
    this.assign(withDeletedFlag(row)).resetChanges()
  }

  /** Creates it, or updates the row of the same device name of the same instance. */
  @remotable()
  async updateOrCreate(): Promise<void> {
    const context = this.requireContext('update_or_create')
    const device = this.get('deviceName')
    const row = await cellOf(context).transaction(async trx => {
      const same = device ? await sameBlockDevice(trx, this.instanceUuid, device) : undefined
      const updated = same && (await updateBlockDevice(trx, same.id, this.changes()))
      return updated ?? insertBlockDevice(trx, { ...this.changes(), uuid: randomUUID() })
    })
    this.assign(withDeletedFlag(row)).resetChanges()
  }

  /** @throws BDMNotFound */
  @remotable()
  async save(): Promise<void> {
    const context = this.requireContext('save')
    if (this.changedFields().has('instance')) {
      throw new ObjectActionError({ action: 'save', reason: 'instance changed' })
    }
    const row = await cellOf(context).transaction(trx =>
      updateBlockDevice(trx, this.id, this.changes()),
    )
    if (!row) throw new BDMNotFound({ id: this.id })
    this.assign(withDeletedFlag(row)).resetChanges()
  }

  @remotable()
  async destroy(): Promise<void> {
    const context = this.requireContext('destroy')
    if (!this.isSet('id')) {
      throw new ObjectActionError({ action: 'destroy', reason: 'already destroyed' })
    }
    await softDeleteBlockDevice(cellOf(context).kysely, this.id)
    this.unset('id')
  }

  /** @throws VolumeBDMNotFound, VolumeBDMIsMultiAttach when several instances have it */
  @remotableClassMethod(['volume_id'], ['expected_attrs'])
  static async getByVolume(
    context: RequestContext,
    volumeId: string,
    _options: { readonly expectedAttrs?: readonly string[] | null } = {},
  ): Promise<BlockDeviceMapping> {
    const rows = await blockDevicesOfVolume(cellOf(context).kysely, volumeId)
    const [row] = rows
    if (!row) throw new VolumeBDMNotFound({ volume_id: volumeId })
    if (rows.length > 1) throw new VolumeBDMIsMultiAttach({ volume_id: volumeId })
    return BlockDeviceMapping.fromRow(context, row)
  }

  /**
   * The first of a volume's, as older computes ask for it.
   *
   * @throws VolumeBDMNotFound, InvalidVolume when it is of another server than the one given
   */
  @remotableClassMethod(['volume_id'], ['instance_uuid', 'expected_attrs'])
  static async getByVolumeId(
    context: RequestContext,
    volumeId: string,
    { instanceUuid }: { readonly instanceUuid?: string | null } = {},
  ): Promise<BlockDeviceMapping> {
    const [row] = await blockDevicesOfVolume(cellOf(context).kysely, volumeId)
    if (!row) throw new VolumeBDMNotFound({ volume_id: volumeId })
    if (instanceUuid && row.instance_uuid !== instanceUuid) {
      throw new InvalidVolume({ reason: 'Volume does not belong to the requested instance.' })
    }
    return BlockDeviceMapping.fromRow(context, row)
  }

  /** @throws VolumeBDMNotFound */
  @remotableClassMethod(['volume_id', 'instance_uuid'], ['expected_attrs'])
  static async getByVolumeAndInstance(
    context: RequestContext,
    volumeId: string,
    instanceUuid: string,
    _options: { readonly expectedAttrs?: readonly string[] | null } = {},
  ): Promise<BlockDeviceMapping> {
    const [row] = await blockDevicesOfVolume(cellOf(context).kysely, volumeId, instanceUuid)
    if (!row) throw new VolumeBDMNotFound({ volume_id: volumeId })
    return BlockDeviceMapping.fromRow(context, row)
  }
}

export class BlockDeviceMappingList extends novaObjectList(
  'BlockDeviceMappingList',
  '1.18',
  () => BlockDeviceMapping,
) {
  @remotableClassMethod(['instance_uuid'], ['use_slave'])
  static async getByInstanceUuid(
    context: RequestContext,
    instanceUuid: string,
    _options: { readonly useSlave?: boolean } = {},
  ): Promise<BlockDeviceMappingList> {
    return BlockDeviceMappingList.getByInstanceUuids(context, [instanceUuid])
  }

  @remotableClassMethod(['instance_uuids'], ['use_slave'])
  static async getByInstanceUuids(
    context: RequestContext,
    instanceUuids: readonly string[],
    _options: { readonly useSlave?: boolean } = {},
  ): Promise<BlockDeviceMappingList> {
    const rows = await blockDevicesOf(cellOf(context).kysely, instanceUuids)
    return BlockDeviceMappingList.of(
      context,
      rows.map(row => BlockDeviceMapping.fromRow(context, row)),
    )
  }

  /** Only those that are volumes: what documents of servers tell. */
  static async volumesOfInstances(
    context: RequestContext,
    instanceUuids: readonly string[],
  ): Promise<BlockDeviceMapping[]> {
    const rows = await volumesOfInstances(cellOf(context).kysely, instanceUuids)
    return rows.map(row => BlockDeviceMapping.fromRow(context, row))
  }

  @remotableClassMethod(['volume_id'], ['use_slave'])
  static async getByVolume(
    context: RequestContext,
    volumeId: string,
    _options: { readonly useSlave?: boolean } = {},
  ): Promise<BlockDeviceMappingList> {
    const rows = await blockDevicesOfVolume(cellOf(context).kysely, volumeId)
    return BlockDeviceMappingList.of(
      context,
      rows.map(row => BlockDeviceMapping.fromRow(context, row)),
    )
  }

  /** The device that the guest boots from, if there is one. */
  rootBdm(): BlockDeviceMapping | undefined {
    return this.objects.find(one => one.get('bootIndex') === 0)
  }
}
