import type { RequestContext } from '../context/index.js'
import { BlockDeviceMapping, type Instance } from '../objects/index.js'
import type { Volume, VolumeApi } from '../volume/api.js'
import type { ComputeRpcApi } from './rpcapi.js'

export interface ReserveParts {
  readonly volumes: VolumeApi
  readonly compute: ComputeRpcApi
}

export interface ReserveOptions {
  readonly device: string | null
  readonly tag: string | null
  readonly deleteOnTermination: boolean
}

/**
 * Has the server's host name a device for a volume, and reserves the volume for it.
 *
 * @returns its row. What fails leaves none.
 */
export const reserveVolume = async (
  { volumes, compute }: ReserveParts,
  context: RequestContext,
  instance: Instance,
  { id, multiattach }: Pick<Volume, 'id' | 'multiattach'>,
  { device, tag, deleteOnTermination }: ReserveOptions,
): Promise<BlockDeviceMapping> => {
  const options = { tag, multiattach }
  const bdm = await compute.reserveBlockDeviceName(context, instance, device, id, options)
  if (!(bdm instanceof BlockDeviceMapping)) throw new TypeError('the host reserved no device')
  await holdVolume(volumes, context, instance, bdm, deleteOnTermination)
  return bdm
}

/** The volume is the server's from now on. What fails takes the row with it. */
export const holdVolume = async (
  volumes: VolumeApi,
  context: RequestContext,
  instance: Instance,
  bdm: BlockDeviceMapping,
  deleteOnTermination: boolean,
): Promise<void> => {
  bdm.bind(context)
  try {
    const { id } = await volumes.attachmentCreate(context, bdm.volumeId ?? '', instance.uuid)
    bdm.attachmentId = id
    bdm.deleteOnTermination = deleteOnTermination
    await bdm.save()
  } catch (error) {
    await bdm.destroy()
    throw error
  }
}
