import { Readable } from 'node:stream'
import type { RequestContext } from '../../context/index.js'
import {
  InstanceQuiesceFailed,
  Invalid,
  NotImplementedError,
  NovaException,
} from '../../exception/index.js'
import type { ImageApi, ImageDict } from '../../image/api.js'
import type { Log } from '../../log/index.js'
import {
  type BlockDeviceMapping,
  type Instance,
  InstanceAction,
  InstanceActionEvent,
} from '../../objects/index.js'
import { isTrue } from '../../util/is-true.js'
import { messageOf } from '../../util/message-of.js'
import type { VolumeApi } from '../../volume/api.js'
import { isVolume } from '../block-devices.js'
import type { ComputeRpcApi } from '../rpcapi.js'
import { VmState } from '../states.js'
import { createSnapshotImage } from './snapshot-image.js'

export interface VolumeSnapshotParts {
  readonly images: ImageApi
  readonly volumes: VolumeApi
  readonly compute: ComputeRpcApi
  readonly log: Log
}

/**
 * The image of a server whose root is a volume: it has no bytes, but tells of snapshots of all its volumes.
 * The API does it by itself.
 *
 * @throws what the volume service says
 */
export const snapshotVolumes = async (
  parts: VolumeSnapshotParts,
  context: RequestContext,
  instance: Instance,
  bdms: readonly BlockDeviceMapping[],
  request: Parameters<typeof createSnapshotImage>[3],
): Promise<ImageDict> => {
  const { images, volumes } = parts
  const { uuid } = instance
  const isQuiesced = await quiesce(parts, context, instance)
  await InstanceAction.actionStart(context, uuid, 'createImage', { wantResult: false })
  const event = 'api_snapshot_instance'
  await InstanceActionEvent.eventStart(context, uuid, event, { wantResult: false })
  let failure: unknown
  try {
    const mapping: object[] = []
    try {
      for (const bdm of bdms) {
        if (!bdm.get('noDevice')) mapping.push(await entryOf(volumes, context, bdm, request.name))
      }
    } finally {
      if (isQuiesced) await parts.compute.unquiesceInstance(context, instance, mapping)
    }
    const image = await createSnapshotImage(context, images, instance, {
      ...request,
      properties: {
        ...request.properties,
        root_device_name: instance.get('rootDeviceName') ?? '',
        bdm_v2: 'True',
        block_device_mapping: JSON.stringify(mapping),
      },
      formats: { disk_format: 'raw', container_format: 'bare' },
    })
    // Without bytes it is complete.
    await images.upload(context, image.id, Readable.from([]))
    return image
  } catch (error) {
    failure = error
    throw error
  } finally {
    await InstanceActionEvent.eventFinishWithFailure(context, uuid, event, {
      excVal: failure === undefined ? null : String(failure),
      excTb: null,
      wantResult: false,
    })
  }
}

/**
 * Has a guest that runs hold still, where its hypervisor can; an image with `os_require_quiesce` wants it.
 *
 * @returns whether it does
 * @throws InstanceQuiesceNotSupported (400), InstanceQuiesceFailed (409), when it has to and does not
 */
const quiesce = async (
  { compute, log }: VolumeSnapshotParts,
  context: RequestContext,
  instance: Instance,
): Promise<boolean> => {
  if (instance.vmState !== VmState.active) return false
  try {
    await compute.quiesceInstance(context, instance)
    return true
  } catch (error) {
    const isRefused = error instanceof NovaException || error instanceof NotImplementedError
    if (!isRefused) {
      // It may hold still although nobody heard so.
      await compute.unquiesceInstance(context, instance, null)
      throw error
    }
    if (isTrue(instance.systemMetadata.image_os_require_quiesce)) throw refusal(error)
    log.info({ err: error, instance: instance.uuid }, 'snapshots are made of a guest that runs on')
    return false
  }
}

/** What the caller reads: that this guest cannot, or that it could have. */
const refusal = (error: unknown): unknown => {
  if (error instanceof Invalid) return error
  const failure = new InstanceQuiesceFailed({ reason: messageOf(error) })
  failure.cause = error
  return failure
}

/** A volume is told of as a snapshot of it, any other disk as it is. */
const entryOf = async (
  volumes: VolumeApi,
  context: RequestContext,
  bdm: BlockDeviceMapping,
  imageName: string,
): Promise<object> => {
  const known = {
    boot_index: bdm.get('bootIndex') ?? null,
    device_name: bdm.get('deviceName') ?? null,
    delete_on_termination: bdm.get('deleteOnTermination') ?? false,
    device_type: bdm.get('deviceType') ?? null,
    disk_bus: bdm.get('diskBus') ?? null,
    guest_format: bdm.get('guestFormat') ?? null,
    no_device: null,
    tag: bdm.get('tag') ?? null,
    volume_size: bdm.get('volumeSize') ?? null,
  }
  const volumeId = bdm.get('volumeId')
  if (!isVolume(bdm) || !volumeId) {
    return {
      ...known,
      source_type: bdm.get('sourceType') ?? null,
      destination_type: bdm.get('destinationType') ?? null,
      image_id: bdm.get('imageId') ?? null,
    }
  }
  const { description } = await volumes.get(context, volumeId)
  const snapshot = await volumes.createSnapshot(context, volumeId, {
    name: `snapshot for ${imageName}`,
    description,
    force: true,
  })
  return {
    ...known,
    source_type: 'snapshot',
    destination_type: 'volume',
    snapshot_id: snapshot.id,
    volume_size: snapshot.size,
    volume_type: bdm.get('volumeType') ?? null,
  }
}
