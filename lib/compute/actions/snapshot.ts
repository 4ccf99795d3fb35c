import type { NovaConf } from '../../conf/index.js'
import type { RequestContext } from '../../context/index.js'
import { InvalidRequest } from '../../exception/index.js'
import type { ImageApi, ImageDict } from '../../image/api.js'
import type { Log } from '../../log/index.js'
import { BlockDeviceMappingList, type Instance } from '../../objects/index.js'
import type { VolumeApi } from '../../volume/api.js'
import { checkAction } from '../checks.js'
import type { ComputeRpcApi } from '../rpcapi.js'
import { TaskState, VmState } from '../states.js'
import { isVolumeBacked } from '../volume-backed.js'
import { type BegunAction, beginAction } from './begin-action.js'
import { createSnapshotImage } from './snapshot-image.js'
import { snapshotVolumes } from './snapshot-volumes.js'

export interface SnapshotParts {
  readonly conf: Pick<NovaConf, 'DEFAULT'>
  readonly images: ImageApi
  readonly volumes: VolumeApi
  readonly compute: ComputeRpcApi
  readonly log: Log
}

export interface SnapshotRequest {
  readonly name: string
  /** Of the image. */
  readonly metadata: Readonly<Record<string, string>>
}

export interface BackupRequest extends SnapshotRequest {
  /** `daily`, say: backups of one type take turns. */
  readonly backupType: string
  /** How many of the type are kept. */
  readonly rotation: number
}

const states = [VmState.active, VmState.stopped, VmState.paused, VmState.suspended]

const snapshotRule: BegunAction = {
  name: 'createImage',
  vmStates: states,
  respectsLock: false,
  sets: TaskState.imageSnapshotPending,
  recordedAs: 'createImage',
}

const backupRule: BegunAction = {
  name: 'createBackup',
  vmStates: states,
  respectsLock: false,
  sets: TaskState.imageBackup,
  recordedAs: 'createBackup',
}

/** Begins a snapshot. @returns its image, which has no bytes yet */
export const snapshot = async (
  parts: SnapshotParts,
  instance: Instance,
  { name, metadata }: SnapshotRequest,
): Promise<ImageDict> => {
  const context = instance.requireContext('createImage')
  checkAction(context, instance, snapshotRule)
  const request = {
    name,
    type: 'snapshot',
    properties: metadata,
    nonInheritable: parts.conf.DEFAULT.non_inheritable_image_properties,
  } as const
  const { objects } = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
  if (isVolumeBacked(objects)) return snapshotVolumes(parts, context, instance, objects, request)
  const image = await createSnapshotImage(context, parts.images, instance, request)
  await begin(parts, instance, image, snapshotRule)
  await parts.compute.snapshotInstance(context, instance, image.id)
  return image
}

/** The same, and of the older backups of the type those beyond the rotation go. */
export const backup = async (
  parts: SnapshotParts,
  instance: Instance,
  { name, metadata, backupType, rotation }: BackupRequest,
): Promise<ImageDict> => {
  const context = instance.requireContext('createBackup')
  checkAction(context, instance, backupRule)
  await refuseVolumes(context, instance, 'Backup is not supported for volume-backed instances.')
  const image = await createSnapshotImage(context, parts.images, instance, {
    name,
    type: 'backup',
    properties: { ...metadata, backup_type: backupType },
    nonInheritable: parts.conf.DEFAULT.non_inheritable_image_properties,
  })
  await begin(parts, instance, image, backupRule)
  await parts.compute.backupInstance(context, instance, { imageId: image.id, backupType, rotation })
  return image
}

/** Somebody may have been faster since the check: then the image is not to be filled by anybody. */
const begin = async (
  { images }: SnapshotParts,
  instance: Instance,
  image: ImageDict,
  rule: BegunAction,
): Promise<void> => {
  try {
    await beginAction(instance, rule)
  } catch (error) {
    await images.delete(instance.requireContext(rule.name), image.id)
    throw error
  }
}

const refuseVolumes = async (
  context: RequestContext,
  instance: Instance,
  why: string,
): Promise<void> => {
  const bdms = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
  if (isVolumeBacked(bdms.objects)) throw new InvalidRequest(why)
}
