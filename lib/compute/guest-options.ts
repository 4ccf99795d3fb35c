import type { RequestContext } from '../context/index.js'
import { BlockDeviceMappingList, type Instance } from '../objects/index.js'
import type { GuestOptions } from '../virt/driver.js'
import { blockDeviceInfo } from './block-devices.js'
import type { InstanceNetworks } from './networking.js'

/** The ports of a guest, asked for anew, and its disks: what a driver needs to start it again. */
export const guestOptions = async (
  context: RequestContext,
  networks: InstanceNetworks,
  instance: Instance,
): Promise<GuestOptions> => {
  const bdms = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
  return {
    networkInfo: await networks.refresh(context, instance),
    blockDeviceInfo: blockDeviceInfo(instance, bdms.objects),
  }
}
