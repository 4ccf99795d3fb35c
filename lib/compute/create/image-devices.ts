import { InvalidBDM } from '../../exception/index.js'
import type { ImageDict } from '../../image/api.js'
import { isRecord } from '../../util/is-record.js'
import type { WantedBlockDevice } from './create-request.js'

const sources = ['volume', 'image', 'snapshot', 'blank'] as const

const text = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null

const whole = (value: unknown): number | null =>
  value === null || value === undefined || value === '' ? null : Number(value)

/**
 * The disks that an image tells of itself (property `block_device_mapping`): that of a server whose root is
 * a volume has no bytes, but snapshots of its volumes.
 *
 * @throws InvalidBDM (400) for what is no disk
 */
export const devicesOfImage = (image: ImageDict | null): readonly WantedBlockDevice[] => {
  const mapping = image?.properties.block_device_mapping
  if (!Array.isArray(mapping)) return []
  return mapping.filter(isRecord).flatMap(entry => (entry.no_device ? [] : [deviceOf(entry)]))
}

const deviceOf = (entry: Readonly<Record<string, unknown>>): WantedBlockDevice => {
  const sourceType = sources.find(known => known === entry.source_type)
  if (!sourceType) {
    throw new InvalidBDM('Block Device Mapping is Invalid: the image names a disk of no kind.')
  }
  const destination = text(entry.destination_type)
  return {
    sourceType,
    destinationType: destination === 'local' || destination === 'volume' ? destination : null,
    uuid: text(entry.volume_id) ?? text(entry.snapshot_id) ?? text(entry.image_id),
    bootIndex: whole(entry.boot_index),
    deviceName: text(entry.device_name),
    volumeSize: whole(entry.volume_size),
    deleteOnTermination: entry.delete_on_termination === true,
    guestFormat: text(entry.guest_format),
    deviceType: text(entry.device_type),
    diskBus: text(entry.disk_bus),
    tag: text(entry.tag),
    volumeType: text(entry.volume_type),
    noDevice: false,
  }
}

/** What a request names stands in for what the image names: the same device, or the one to boot from. */
export const mergedDevices = (
  ofImage: readonly WantedBlockDevice[],
  requested: readonly WantedBlockDevice[],
): readonly WantedBlockDevice[] => {
  const names = new Set(requested.flatMap(({ deviceName }) => deviceName ?? []))
  const hasRoot = requested.some(({ bootIndex }) => bootIndex === 0)
  const kept = ofImage.filter(
    ({ deviceName, bootIndex }) =>
      !(deviceName !== null && names.has(deviceName)) && !(hasRoot && bootIndex === 0),
  )
  return [...kept, ...requested]
}
