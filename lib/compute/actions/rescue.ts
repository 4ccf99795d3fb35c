import type { RequestContext } from '../../context/index.js'
import {
  ImageBadRequest,
  ImageNotFound,
  InstanceNotRescuable,
  UnsupportedRescueImage,
} from '../../exception/index.js'
import type { ImageApi } from '../../image/api.js'
import { BlockDeviceMappingList, type Instance } from '../../objects/index.js'
import { checkAction } from '../checks.js'
import type { ComputeRpcApi } from '../rpcapi.js'
import { TaskState, VmState } from '../states.js'
import { isVolumeBacked } from '../volume-backed.js'
import { type BegunAction, beginAction } from './begin-action.js'

export interface RescueParts {
  readonly images: ImageApi
  readonly compute: ComputeRpcApi
}

export interface RescueRequest {
  readonly password: string
  /** null: the image that the server was made of */
  readonly imageRef: string | null
  /** 2.87: also a server whose root disk is a volume, where host and image can */
  readonly allowVolumeBacked: boolean
}

const rule: BegunAction = {
  name: 'rescue',
  vmStates: [VmState.active, VmState.stopped, VmState.error],
  sets: TaskState.rescuing,
  recordedAs: 'rescue',
}

/**
 * Boots a server from another disk, its own root beside it.
 *
 * @throws UnsupportedRescueImage, InstanceNotRescuable (400)
 */
export const rescue = async (
  { images, compute }: RescueParts,
  instance: Instance,
  { password, imageRef, allowVolumeBacked }: RescueRequest,
): Promise<void> => {
  const context = instance.requireContext('rescue')
  checkAction(context, instance, rule)
  if (imageRef !== null) await checkImage(context, images, imageRef)
  const bdms = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
  if (isVolumeBacked(bdms.objects)) {
    throw new InstanceNotRescuable({
      instance_id: instance.uuid,
      // No hypervisor driver here has the trait COMPUTE_RESCUE_BFV.
      reason: allowVolumeBacked
        ? 'Host unable to rescue a volume-backed instance'
        : 'Cannot rescue a volume-backed instance',
    })
  }
  await beginAction(instance, rule)
  await compute.rescueInstance(context, instance, { password, imageRef })
}

/** An image that is nothing but a list of volumes has no bytes to boot from. */
const checkImage = async (
  context: RequestContext,
  images: ImageApi,
  imageRef: string,
): Promise<void> => {
  const { properties } = await images.get(context, imageRef).catch((error: unknown) => {
    if (error instanceof ImageNotFound || error instanceof ImageBadRequest) {
      throw new UnsupportedRescueImage({ image: imageRef })
    }
    throw error
  })
  if (properties.block_device_mapping) throw new UnsupportedRescueImage({ image: imageRef })
}
