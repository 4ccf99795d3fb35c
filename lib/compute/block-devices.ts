import type { BlockDeviceMapping, Instance } from '../objects/index.js'
import type { BlockDeviceInfo } from '../virt/driver.js'
import { nextDeviceName } from './device-names.js'

/**
 * Gives each disk of a boot its device name (root, ephemerals, swap, volumes, in this order), and saves
 * the names that are new.
 */
export const nameBlockDevices = async (
  instance: Instance,
  bdms: readonly BlockDeviceMapping[],
): Promise<void> => {
  const disks = [...bdms].filter(bdm => !bdm.get('noDevice')).sort((a, b) => rank(a) - rank(b))
  const used = new Set(disks.flatMap(bdm => bdm.get('deviceName') ?? []))
  for (const bdm of disks) {
    const isRoot = bdm.get('bootIndex') === 0
    const root = isRoot ? null : (instance.get('rootDeviceName') ?? null)
    const name = bdm.get('deviceName') ?? nextDeviceName(root, used)
    used.add(name)
    if (isRoot) instance.rootDeviceName = name
    if (bdm.get('deviceName') === name) continue
    bdm.deviceName = name
    await bdm.save()
  }
}

const rank = (bdm: BlockDeviceMapping): number => {
  if (bdm.get('bootIndex') === 0) return 0
  if (isVolume(bdm)) return 3
  return bdm.get('guestFormat') === 'swap' ? 2 : 1
}

export const isVolume = (bdm: BlockDeviceMapping): boolean =>
  bdm.get('destinationType') === 'volume' && !bdm.get('noDevice')

/** The disk that the guest boots from. */
export const rootDisk = (bdms: readonly BlockDeviceMapping[]): BlockDeviceMapping | undefined =>
  bdms.find(bdm => bdm.get('bootIndex') === 0)

/** The disks as the driver takes them. */
export const blockDeviceInfo = (
  instance: Instance,
  bdms: readonly BlockDeviceMapping[],
): BlockDeviceInfo => {
  const describe = (bdm: BlockDeviceMapping) => ({
    device_name: bdm.get('deviceName') ?? null,
    device_type: bdm.get('deviceType') ?? null,
    disk_bus: bdm.get('diskBus') ?? null,
    guest_format: bdm.get('guestFormat') ?? null,
    size: bdm.get('volumeSize') ?? null,
    boot_index: bdm.get('bootIndex') ?? null,
  })
  const local = bdms.filter(bdm => bdm.get('destinationType') !== 'volume' && !bdm.get('noDevice'))
  const blank = local.filter(bdm => bdm.get('sourceType') === 'blank')
  const swap = blank.find(bdm => bdm.get('guestFormat') === 'swap')
  return {
    rootDeviceName: instance.get('rootDeviceName') ?? null,
    swap: swap ? describe(swap) : null,
    ephemerals: blank.filter(bdm => bdm !== swap).map(describe),
    blockDeviceMapping: bdms.filter(isVolume).map(volumeDisk),
    image: local.filter(bdm => bdm.get('sourceType') === 'image').map(describe),
  }
}

const volumeDisk = (bdm: BlockDeviceMapping) => ({
  connection_info: connectionInfoOf(bdm),
  mount_device: bdm.get('deviceName') ?? null,
  attachment_id: bdm.get('attachmentId') ?? null,
  delete_on_termination: bdm.get('deleteOnTermination') ?? false,
  boot_index: bdm.get('bootIndex') ?? null,
  device_type: bdm.get('deviceType') ?? null,
  disk_bus: bdm.get('diskBus') ?? null,
  guest_format: bdm.get('guestFormat') ?? null,
})

/** How the host reaches the volume; null before it was connected. */
export const connectionInfoOf = (
  bdm: BlockDeviceMapping,
): Readonly<Record<string, unknown>> | null => {
  const text = bdm.get('connectionInfo')
  return text ? Object(JSON.parse(text)) : null
}
