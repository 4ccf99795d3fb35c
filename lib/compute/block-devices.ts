import { BuildAbortException } from '../exception/index.js'
import type { BlockDeviceMapping, Instance } from '../objects/index.js'
import type { BlockDeviceInfo } from '../virt/driver.js'

/**
 * Gives each local disk of a boot its device name (root, ephemerals, swap, in this order), and saves
 * the names that are new.
 *
 * @throws BuildAbortException for a disk that is a volume: there is no volume service here yet
 */
export const nameBlockDevices = async (
  instance: Instance,
  bdms: readonly BlockDeviceMapping[],
): Promise<void> => {
  const volume = bdms.find(bdm => bdm.get('destinationType') === 'volume')
  if (volume) {
    throw new BuildAbortException({
      instance_uuid: instance.uuid,
      reason: 'volumes cannot be attached: no volume service is configured',
    })
  }
  const disks = [...bdms].filter(bdm => !bdm.get('noDevice')).sort((a, b) => rank(a) - rank(b))
  let letter = 0
  for (const bdm of disks) {
    const name = bdm.get('deviceName') ?? `/dev/vd${String.fromCharCode(97 + letter)}`
    letter += 1
    if (bdm.get('bootIndex') === 0) instance.rootDeviceName = name
    if (bdm.get('deviceName') === name) continue
    bdm.deviceName = name
    await bdm.save()
  }
}

const rank = (bdm: BlockDeviceMapping): number => {
  if (bdm.get('bootIndex') === 0) return 0
  return bdm.get('guestFormat') === 'swap' ? 2 : 1
}

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
    blockDeviceMapping: [],
    image: local.filter(bdm => bdm.get('sourceType') === 'image').map(describe),
  }
}
