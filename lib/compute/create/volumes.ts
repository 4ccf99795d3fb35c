import type { RequestContext } from '../../context/index.js'
import {
  InvalidBDMImage,
  InvalidBDMSnapshot,
  InvalidBDMVolume,
  InvalidBDMVolumeNotBootable,
  InvalidInput,
  InvalidVolume,
  MultiattachNotSupportedOldMicroversion,
  NotFound,
} from '../../exception/index.js'
import type { ImageApi } from '../../image/api.js'
import type { BlockDeviceMapping, BlockDeviceMappingList } from '../../objects/index.js'
import type { Volume, VolumeApi } from '../../volume/api.js'
import type { BootImage } from './image-meta.js'

export interface VolumeParts {
  readonly volumes: VolumeApi
  readonly images: ImageApi
}

export interface VolumeRules {
  readonly count: number
  readonly multiattach: boolean
}

/**
 * Looks for what the volumes of a boot are made of, and whether they can be had.
 *
 * @returns what is known of the image on the root disk, when that is a volume
 * @throws InvalidBDM…, InvalidVolume, VolumeTypeNotFound (all 400)
 */
export const checkVolumes = async (
  { volumes, images }: VolumeParts,
  context: RequestContext,
  disks: BlockDeviceMappingList,
  rules: VolumeRules,
): Promise<BootImage | null> => {
  let root: BootImage | null = null
  const types = new Set<string>()
  for (const disk of disks.objects) {
    if (disk.get('destinationType') !== 'volume') continue
    const type = disk.get('volumeType')
    if (type) types.add(type)
    const isRoot = disk.get('bootIndex') === 0
    const found = await sourceOf({ volumes, images }, context, disk, rules)
    if (isRoot && found) root = found
  }
  for (const type of types) await volumes.checkType(context, type)
  return root
}

const sourceOf = async (
  { volumes, images }: VolumeParts,
  context: RequestContext,
  disk: BlockDeviceMapping,
  rules: VolumeRules,
): Promise<BootImage | null> => {
  const [volumeId, snapshotId, imageId] = [
    disk.get('volumeId'),
    disk.get('snapshotId'),
    disk.get('imageId'),
  ]
  if (volumeId) {
    const volume = await found(volumes.get(context, volumeId), () => {
      return new InvalidBDMVolume({ id: volumeId })
    })
    checkVolume(volume, disk, rules)
    disk.volumeSize = volume.size
    return imageOn(volume)
  }
  if (snapshotId) {
    const snapshot = await found(volumes.getSnapshot(context, snapshotId), () => {
      return new InvalidBDMSnapshot({ id: snapshotId })
    })
    disk.volumeSize ??= snapshot.size
    if (disk.get('bootIndex') !== 0) return null
    const origin = await volumes.get(context, snapshot.volumeId).catch(() => null)
    return origin && imageOn(origin)
  }
  if (!imageId) return null
  return found(images.get(context, imageId), () => new InvalidBDMImage({ id: imageId }))
}

const checkVolume = (volume: Volume, disk: BlockDeviceMapping, rules: VolumeRules): void => {
  if (rules.count > 1) {
    throw new InvalidInput('Cannot attach one or more volumes to multiple instances', { code: 400 })
  }
  if (volume.multiattach && !rules.multiattach) throw new MultiattachNotSupportedOldMicroversion()
  const shared = volume.multiattach && volume.status === 'in-use'
  if (volume.status !== 'available' && !shared) {
    throw new InvalidVolume({
      reason: `volume '${volume.id}' status must be 'available'. Currently in '${volume.status}'`,
    })
  }
  if (disk.get('bootIndex') === 0 && !volume.bootable) {
    throw new InvalidBDMVolumeNotBootable({ id: volume.id })
  }
}

const GIB = 1024 ** 3

/** What of an image's metadata on a volume is no property of it. */
const attributes: ReadonlySet<string> = new Set([
  'image_id',
  'image_name',
  'size',
  'checksum',
  'container_format',
  'disk_format',
  'min_ram',
  'min_disk',
])

const imageOn = ({ imageMetadata, size }: Volume): BootImage => ({
  properties: Object.fromEntries(
    Object.entries(imageMetadata).filter(([key]) => !attributes.has(key)),
  ),
  min_ram: Number(imageMetadata.min_ram) || 0,
  min_disk: Number(imageMetadata.min_disk) || 0,
  // That of the image counts no more.
  size: size * GIB,
  // Or there would be no volume of it.
  status: 'active',
})

const found = async <T>(work: Promise<T>, missing: () => Error): Promise<T> => {
  try {
    return await work
  } catch (error) {
    if (error instanceof NotFound) throw missing()
    throw error
  }
}

/**
 * Reserves the volumes that are there already for a server that is about to be.
 *
 * @returns takes the reservations back
 * @throws InvalidInput (400) for one that somebody else was faster to take
 */
export const reserveVolumes = async (
  volumes: VolumeApi,
  context: RequestContext,
  disks: BlockDeviceMappingList,
  instanceUuid: string,
): Promise<() => Promise<void>> => {
  const reserved: string[] = []
  const undo = async () => {
    for (const id of reserved.splice(0)) await volumes.attachmentDelete(context, id)
  }
  try {
    for (const disk of disks.objects) {
      const volumeId = disk.get('volumeId')
      if (!volumeId) continue
      const { id } = await volumes.attachmentCreate(context, volumeId, instanceUuid)
      reserved.push(id)
      disk.attachmentId = id
    }
  } catch (error) {
    await undo()
    throw error
  }
  return undo
}
