import {
  AutoDiskConfigDisabledByImage,
  FlavorDiskSmallerThanImage,
  FlavorDiskSmallerThanMinDisk,
  FlavorMemoryTooSmall,
  ImageNotActive,
  InvalidVolume,
} from '../../exception/index.js'
import type { ImageDict } from '../../image/api.js'
import type { Flavor } from '../../objects/index.js'
import { isTrue } from '../../util/is-true.js'
import type { BootImage } from './image-meta.js'

const GIB = 1024 ** 3

/** What of an image decides whether it can be booted. */
export type CheckedImage = Pick<
  ImageDict,
  'id' | 'status' | 'size' | 'min_ram' | 'min_disk' | 'properties'
>

/**
 * Whether a server of this flavor can boot this image.
 *
 * @param fromVolume  the root disk is a volume: the flavor's disk does not count
 * @throws ImageNotActive, FlavorMemoryTooSmall, FlavorDiskSmallerThanImage,
 *   FlavorDiskSmallerThanMinDisk (all 400)
 */
export const checkImage = (image: CheckedImage, flavor: Flavor, fromVolume: boolean): void => {
  if (image.status !== 'active') throw new ImageNotActive({ image_id: image.id })
  if (image.properties.cinder_encryption_key_id && !fromVolume) {
    throw new InvalidVolume(
      'Direct booting of an image uploaded from an encrypted volume is unsupported.',
    )
  }
  if (flavor.memoryMb < image.min_ram) throw new FlavorMemoryTooSmall()
  // A flavor without a disk takes whatever the image needs.
  if (fromVolume || flavor.rootGb === 0) return
  const available = flavor.rootGb * GIB
  if (image.size > available) {
    throw new FlavorDiskSmallerThanImage({ flavor_size: available, image_size: image.size })
  }
  if (image.min_disk > flavor.rootGb) {
    throw new FlavorDiskSmallerThanMinDisk({
      flavor_size: available,
      image_min_disk: image.min_disk * GIB,
    })
  }
}

/**
 * Whether the guest's disk grows to the flavor's size by itself: what the request says, else what the
 * image does.
 *
 * @throws AutoDiskConfigDisabledByImage (400) when asked for of an image that says no
 */
export const autoDiskConfigOf = (image: CheckedImage | null, wanted: boolean | null): boolean => {
  const ofImage = image?.properties.auto_disk_config
  const says = ofImage === undefined || ofImage === null ? null : isTrue(ofImage)
  if (wanted && says === false) throw new AutoDiskConfigDisabledByImage({ image: image?.id ?? '' })
  return wanted ?? says ?? false
}

/**
 * Properties of an image that its servers do not remember: two that a snapshot does not inherit (nova's default),
 * and those that are lists, which nova would read back as such.
 */
const notRemembered = new Set([
  'cache_in_nova',
  'bittorrent',
  'mappings',
  'block_device_mapping',
  'img_mappings',
  'img_block_device_mapping',
])

/**
 * What a server remembers of its image: `image_*` in its system metadata (nova's
 * get_system_metadata_from_image).
 */
export const imageSystemMetadata = (image: BootImage, flavor: Flavor): Record<string, string> => {
  const remembered: Record<string, string> = {}
  for (const [key, value] of Object.entries(image.properties)) {
    if (value === null || value === undefined || notRemembered.has(key)) continue
    // The columns are 255 characters wide; what does not fit a key or value is not remembered.
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    if (key.length <= 249 && text.length <= 255) remembered[`image_${key}`] = text
  }
  remembered.image_min_ram = String(image.min_ram)
  // What was once booted on a disk of this size will not fit a smaller one.
  remembered.image_min_disk = String(Math.max(flavor.rootGb, image.min_disk))
  if (image.disk_format) remembered.image_disk_format = image.disk_format
  if (image.container_format) remembered.image_container_format = image.container_format
  return remembered
}
