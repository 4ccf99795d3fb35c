import { setTimeout as sleep } from 'node:timers/promises'
import type { RequestContext } from '../context/index.js'
import { NotFound, VolumeBDMNotFound, VolumeNotCreated } from '../exception/index.js'
import { BlockDeviceMapping, BlockDeviceMappingList, type Instance } from '../objects/index.js'
import type { Volume } from '../volume/api.js'
import { connectionInfoOf, isVolume } from './block-devices.js'
import { nextDeviceName } from './device-names.js'
import { releaseVolumes } from './release-volumes.js'
import type { ComputeServices } from './services.js'

export interface NewDevice {
  readonly device: string | null
  readonly volumeId: string
  readonly diskBus: string | null
  readonly deviceType: string | null
  readonly tag: string | null
}

/** Volumes of the guests of this host (contract: flows.md 10). Locks are the caller's. */
export class GuestVolumes {
  readonly #services: ComputeServices

  constructor(services: ComputeServices) {
    this.#services = services
  }

  /** A row for a volume that is about to come, with a name that nothing else has. @throws DevicePathInUse */
  async reserveDeviceName(
    context: RequestContext,
    instance: Instance,
    { device, volumeId, diskBus, deviceType, tag }: NewDevice,
  ): Promise<BlockDeviceMapping> {
    const { objects } = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
    const used = objects.flatMap(bdm => bdm.get('deviceName') ?? [])
    const bdm = new BlockDeviceMapping(context, {
      sourceType: 'volume',
      destinationType: 'volume',
      instanceUuid: instance.uuid,
      bootIndex: null,
      volumeId,
      deviceName: nextDeviceName(instance.get('rootDeviceName') ?? null, used, device),
      guestFormat: null,
      diskBus,
      deviceType: deviceType === 'cdrom' || deviceType === 'lun' ? deviceType : 'disk',
      tag,
    })
    await bdm.create()
    return bdm
  }

  /** What fails takes its row and its reservation with it. */
  async attach(
    context: RequestContext,
    instance: Instance,
    bdm: BlockDeviceMapping,
  ): Promise<void> {
    const { driver, volumes } = this.#services
    try {
      const connection = await this.#connect(context, instance, bdm)
      await driver.attachVolume(context, connection, instance, bdm.deviceName ?? '', {
        diskBus: bdm.get('diskBus') ?? null,
        deviceType: bdm.get('deviceType') ?? null,
      })
      await this.#complete(context, bdm)
    } catch (error) {
      const attachmentId = bdm.get('attachmentId')
      if (attachmentId) {
        await volumes.attachmentDelete(context, attachmentId).catch(failure => {
          this.#stays(failure, instance, bdm.get('volumeId') ?? '')
        })
      }
      await bdm.destroy()
      throw error
    }
  }

  /** @throws VolumeBDMNotFound; after a failure the volume is in use as before */
  async detach(
    context: RequestContext,
    instance: Instance,
    volumeId: string,
    attachmentId: string | null,
  ): Promise<void> {
    const { driver, volumes } = this.#services
    const bdm = await BlockDeviceMapping.getByVolumeAndInstance(context, volumeId, instance.uuid)
    try {
      const connection = connectionInfoOf(bdm) ?? {}
      await driver.detachVolume(context, connection, instance, bdm.deviceName ?? '')
    } catch (error) {
      await volumes.rollDetaching(context, volumeId)
      throw error
    }
    const attachment = attachmentId ?? bdm.get('attachmentId')
    if (attachment) await volumes.attachmentDelete(context, attachment)
    await bdm.destroy()
  }

  /** The guest goes on with a copy on another volume. */
  async swap(
    context: RequestContext,
    instance: Instance,
    ids: { readonly old: string; readonly new: string; readonly newAttachment: string },
  ): Promise<void> {
    const { driver, volumes } = this.#services
    const bdm = await BlockDeviceMapping.getByVolumeAndInstance(context, ids.old, instance.uuid)
    const oldAttachment = bdm.get('attachmentId')
    const device = bdm.deviceName ?? ''
    try {
      const size = (await volumes.get(context, ids.new)).size
      const connector = await driver.getVolumeConnector(instance)
      const { connectionInfo } = await volumes.attachmentUpdate(
        context,
        ids.newAttachment,
        connector,
        device,
      )
      const next = { ...connectionInfo, serial: ids.old }
      await driver.swapVolume(context, connectionInfoOf(bdm) ?? {}, next, instance, device, size)
      await volumes.attachmentComplete(context, ids.newAttachment)
      const stays = await volumes.migrateVolumeCompletion(context, ids.old, ids.new, false)
      bdm.connectionInfo = JSON.stringify({ ...next, serial: stays })
      bdm.volumeId = stays
      bdm.volumeSize = size
      bdm.attachmentId = ids.newAttachment
      await bdm.save()
      if (oldAttachment) await volumes.attachmentDelete(context, oldAttachment)
    } catch (error) {
      await volumes.attachmentDelete(context, ids.newAttachment).catch(failure => {
        this.#stays(failure, instance, ids.new)
      })
      await volumes.rollDetaching(context, ids.old)
      await volumes.migrateVolumeCompletion(context, ids.old, ids.new, true).catch(failure => {
        this.#stays(failure, instance, ids.new)
      })
      throw error
    }
  }

  /** Makes the volumes of a boot that are not there yet, and connects all of them. */
  async prepare(
    context: RequestContext,
    instance: Instance,
    bdms: readonly BlockDeviceMapping[],
  ): Promise<void> {
    for (const bdm of bdms) {
      if (!isVolume(bdm)) continue
      if (!bdm.get('volumeId')) await this.#make(context, instance, bdm)
      await this.#connect(context, instance, bdm)
      await this.#complete(context, bdm)
    }
  }

  /** Connects what a server that comes to this host has already. */
  async connect(context: RequestContext, instance: Instance): Promise<void> {
    const { objects } = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
    await this.prepare(context, instance, objects)
  }

  /**
   * This host has nothing to do with the volume any more, for the server did not come, or has gone.
   *
   * @param deleteAttachment  false: who asks does it
   */
  async removeConnection(
    context: RequestContext,
    instance: Instance,
    volumeId: string,
    deleteAttachment: boolean,
  ): Promise<void> {
    const { driver, volumes } = this.#services
    try {
      const bdm = await BlockDeviceMapping.getByVolumeAndInstance(context, volumeId, instance.uuid)
      const connection = connectionInfoOf(bdm)
      if (connection) {
        await driver.detachVolume(context, connection, instance, bdm.deviceName ?? '')
      }
      const attachment = bdm.get('attachmentId')
      if (deleteAttachment && attachment) await volumes.attachmentDelete(context, attachment)
    } catch (error) {
      // What is not there need not be removed.
      if (!(error instanceof NotFound)) throw error
    }
  }

  /** Takes them off a guest that is off; they stay reserved for it, to be connected anew. */
  async unplug(context: RequestContext, instance: Instance): Promise<void> {
    const { driver, volumes } = this.#services
    const { objects } = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
    for (const bdm of objects) {
      const volumeId = bdm.get('volumeId')
      const connection = connectionInfoOf(bdm)
      if (!isVolume(bdm) || !volumeId || !connection) continue
      try {
        await driver.detachVolume(context, connection, instance, bdm.deviceName ?? '')
      } catch (error) {
        await volumes.rollDetaching(context, volumeId)
        throw error
      }
    }
    await this.disconnect(context, instance)
  }

  /** The server leaves this host, and keeps its volumes: reserved, so that nobody else takes them. */
  async disconnect(context: RequestContext, instance: Instance): Promise<void> {
    const { volumes } = this.#services
    const { objects } = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
    for (const bdm of objects) {
      const [volumeId, before] = [bdm.get('volumeId'), bdm.get('attachmentId')]
      if (!isVolume(bdm) || !volumeId) continue
      const { id } = await volumes.attachmentCreate(context, volumeId, instance.uuid)
      bdm.attachmentId = id
      bdm.connectionInfo = null
      await bdm.save()
      if (before) await volumes.attachmentDelete(context, before)
    }
  }

  /**
   * Connects the volumes of a server that is here to this host alone, whatever connections a move that
   * broke off has left.
   */
  async reconnect(context: RequestContext, instance: Instance): Promise<void> {
    await this.disconnect(context, instance)
    await this.connect(context, instance)
    await this.dropStrays(context, instance)
  }

  /** Ends all connections of a server's volumes but the ones that its rows name. */
  async dropStrays(context: RequestContext, instance: Instance): Promise<void> {
    const { volumes } = this.#services
    const { objects } = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
    for (const bdm of objects) {
      const [volumeId, own] = [bdm.get('volumeId'), bdm.get('attachmentId')]
      if (!isVolume(bdm) || !volumeId) continue
      const { attachments } = await volumes.get(context, volumeId)
      for (const { serverId, attachmentId } of attachments) {
        if (serverId !== instance.uuid || attachmentId === own || !attachmentId) continue
        await volumes.attachmentDelete(context, attachmentId)
      }
    }
  }

  /** Of a server that goes, or was not to be. */
  async release(
    context: RequestContext,
    instance: Instance,
    bdms: readonly BlockDeviceMapping[],
  ): Promise<void> {
    const { volumes } = this.#services
    await releaseVolumes(volumes, context, bdms, (error, volumeId) =>
      this.#stays(error, instance, volumeId),
    )
  }

  async #make(context: RequestContext, instance: Instance, bdm: BlockDeviceMapping): Promise<void> {
    const { volumes } = this.#services
    const blank = bdm.get('sourceType') === 'blank'
    const volume = await volumes.create(context, {
      size: bdm.get('volumeSize') ?? null,
      name: blank ? `${instance.uuid}-blank-vol` : '',
      description: '',
      snapshotId: bdm.get('snapshotId') ?? null,
      imageId: bdm.get('sourceType') === 'image' ? (bdm.get('imageId') ?? null) : null,
      volumeType: bdm.get('volumeType') ?? null,
      availabilityZone: this.#services.options.crossAzAttach
        ? null
        : (instance.get('availabilityZone') ?? null),
    })
    // From now on it is the server's, whatever becomes of the boot.
    bdm.volumeId = volume.id
    bdm.volumeSize = volume.size
    await bdm.save()
    await this.#available(context, volume)
  }

  /** @throws VolumeNotCreated */
  async #available(context: RequestContext, made: Volume): Promise<void> {
    const { volumes, options } = this.#services
    const { retries, interval } = options.blockDeviceAllocation
    const began = performance.now()
    let attempts = 0
    let status = ''
    do {
      if (attempts > 0) await sleep(interval * 1000)
      attempts += 1
      status = (await volumes.get(context, made.id)).status
      if (status === 'available') return
    } while (status !== 'error' && attempts <= retries)
    throw new VolumeNotCreated({
      volume_id: made.id,
      seconds: Math.floor((performance.now() - began) / 1000),
      attempts,
      volume_status: status,
    })
  }

  /** The volume service learns which host connects, and tells how. */
  async #connect(
    context: RequestContext,
    instance: Instance,
    bdm: BlockDeviceMapping,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { driver, volumes } = this.#services
    const volumeId = bdm.get('volumeId')
    if (!volumeId) throw new VolumeBDMNotFound({ volume_id: String(bdm.get('id')) })
    let attachmentId = bdm.get('attachmentId')
    if (!attachmentId) {
      attachmentId = (await volumes.attachmentCreate(context, volumeId, instance.uuid)).id
      bdm.attachmentId = attachmentId
      await bdm.save()
    }
    const connector = await driver.getVolumeConnector(instance)
    const { connectionInfo } = await volumes.attachmentUpdate(
      context,
      attachmentId,
      connector,
      bdm.get('deviceName') ?? '',
    )
    const connection = { ...connectionInfo, serial: connectionInfo.serial ?? volumeId }
    bdm.connectionInfo = JSON.stringify(connection)
    await bdm.save()
    return connection
  }

  async #complete(context: RequestContext, bdm: BlockDeviceMapping): Promise<void> {
    const attachmentId = bdm.get('attachmentId')
    if (attachmentId) await this.#services.volumes.attachmentComplete(context, attachmentId)
  }

  #stays(error: unknown, instance: Instance, volumeId: string): void {
    const fields = { err: error, instance: instance.uuid, volume: volumeId }
    this.#services.log.error(fields, 'a volume could not be given back')
  }
}
