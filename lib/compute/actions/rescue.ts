import type { RequestContext } from '../../context/index.js'
import {
  ImageBadRequest,
  ImageNotFound,
  InstanceNotRescuable,
  UnsupportedRescueImage,
} from '../../exception/index.js'
import type { ImageApi } from '../../image/api.js'
import { BlockDeviceMappingList, ComputeNode, type Instance } from '../../objects/index.js'
import type { VolumeApi } from '../../volume/api.js'
import { checkAction } from '../checks.js'
import type { ProviderMirror } from '../provider-mirror.js'
import type { ComputeRpcApi } from '../rpcapi.js'
import { TaskState, VmState } from '../states.js'
import { isVolumeBacked } from '../volume-backed.js'
import { checkInUse } from '../volumes-in-use.js'
import { type BegunAction, beginAction } from './begin-action.js'

export interface RescueParts {
  readonly images: ImageApi
  readonly volumes: VolumeApi
  readonly compute: ComputeRpcApi
  readonly providers: Pick<ProviderMirror, 'traitsOf'>
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
  { images, volumes, compute, providers }: RescueParts,
  instance: Instance,
  { password, imageRef, allowVolumeBacked }: RescueRequest,
): Promise<void> => {
  const context = instance.requireContext('rescue')
  checkAction(context, instance, rule)
  const properties =
    imageRef === null ? imagePropertiesOf(instance) : await checkImage(context, images, imageRef)
  const bdms = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
  await checkInUse(volumes, context, bdms.objects)
  if (isVolumeBacked(bdms.objects)) {
    const isStable = stableRescue.every(name => properties[name] !== undefined)
    const able = allowVolumeBacked && isStable
    if (!able || !(await hostRescuesVolumes(providers, context, instance))) {
      throw new InstanceNotRescuable({
        instance_id: instance.uuid,
        reason: able
          ? 'Host unable to rescue a volume-backed instance'
          : 'Cannot rescue a volume-backed instance',
      })
    }
  }
  await beginAction(instance, rule)
  await compute.rescueInstance(context, instance, { password, imageRef })
}

/** What an image says of the device that it is booted from, so that all other disks stay where they are. */
const stableRescue = ['hw_rescue_bus', 'hw_rescue_device']

/** Those of the image that the server was made from, as far as it remembers them. */
const imagePropertiesOf = ({ systemMetadata }: Instance): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(systemMetadata).map(([key, value]) => [key.replace(/^image_/, ''), value]),
  )

/** Whether the hypervisor can boot something else while the root is a volume: Placement says so, or its node. */
const hostRescuesVolumes = async (
  providers: RescueParts['providers'],
  context: RequestContext,
  { host, node }: Instance,
): Promise<boolean> => {
  if (!host || !node) return false
  const { uuid, stats } = await ComputeNode.getByHostAndNodename(context, host, node)
  const traits = await providers.traitsOf(context, uuid)
  return traits?.has('COMPUTE_RESCUE_BFV') ?? stats?.supports_bfv_rescue === 'True'
}

/** An image that is nothing but a list of volumes has no bytes to boot from. @returns its properties */
const checkImage = async (
  context: RequestContext,
  images: ImageApi,
  imageRef: string,
): Promise<Readonly<Record<string, unknown>>> => {
  const { properties } = await images.get(context, imageRef).catch((error: unknown) => {
    if (error instanceof ImageNotFound || error instanceof ImageBadRequest) {
      throw new UnsupportedRescueImage({ image: imageRef })
    }
    throw error
  })
  if (properties.block_device_mapping) throw new UnsupportedRescueImage({ image: imageRef })
  return properties
}
