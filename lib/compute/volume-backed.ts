import type { BlockDeviceMapping } from '../objects/index.js'

/** Whether the root disk is a volume: the server has no image of its own then. */
export const isVolumeBacked = (bdms: readonly BlockDeviceMapping[]): boolean =>
  bdms.find(bdm => bdm.get('bootIndex') === 0)?.get('destinationType') === 'volume'
