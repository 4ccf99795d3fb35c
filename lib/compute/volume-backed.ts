import type { BlockDeviceMapping } from '../objects/index.js'
import { rootDisk } from './block-devices.js'

/** Whether the root disk is a volume: the server has no image of its own then. */
export const isVolumeBacked = (bdms: readonly BlockDeviceMapping[]): boolean =>
  rootDisk(bdms)?.get('destinationType') === 'volume'

/** The volume that the guest boots from; null: its root disk is none. */
export const rootVolume = (bdms: readonly BlockDeviceMapping[]): BlockDeviceMapping | null =>
  isVolumeBacked(bdms) ? (rootDisk(bdms) ?? null) : null
