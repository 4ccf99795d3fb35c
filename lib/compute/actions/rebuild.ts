import type { ComputeTaskRpcApi } from '../../conductor/rpcapi.js'
import type { RequestContext } from '../../context/index.js'
import {
  CertificateValidationFailed,
  ImageUnacceptable,
  VolumeSmallerThanMinDisk,
} from '../../exception/index.js'
import type { ImageApi, ImageDict } from '../../image/api.js'
import {
  type BlockDeviceMapping,
  BlockDeviceMappingList,
  type Instance,
  InstanceAction,
  KeyPair,
  KeyPairList,
  RequestSpec,
  TrustedCerts,
} from '../../objects/index.js'
import type { VolumeApi } from '../../volume/api.js'
import { checkAction } from '../checks.js'
import { autoDiskConfigOf, checkImage, imageSystemMetadata } from '../create/image-checks.js'
import { imageColumns } from '../create/image-columns.js'
import { imageMetaOf } from '../create/image-meta.js'
import type { QuotaEngine } from '../quota.js'
import { refuseShares } from '../server-shares.js'
import { TaskState, VmState } from '../states.js'
import { rootVolume } from '../volume-backed.js'
import { checkInUse } from '../volumes-in-use.js'
import { type BegunAction, enterTask } from './begin-action.js'

export interface RebuildParts {
  readonly images: ImageApi
  readonly volumes: VolumeApi
  readonly conductor: ComputeTaskRpcApi
  readonly quota: QuotaEngine
}

/** What a rebuild asks for. What is absent stays as it is. */
export interface RebuildRequest {
  readonly imageRef: string
  readonly adminPassword: string
  /** `[path, base64]` */
  readonly injectedFiles: readonly (readonly [string, string])[]
  readonly preserveEphemeral: boolean
  /** 2.93: also of a server whose root disk is a volume, with another image. */
  readonly reimageBootVolume: boolean
  readonly autoDiskConfig: boolean | null
  /** Of the caller; null: none any more. */
  readonly keyName?: string | null
  readonly trustedCerts?: readonly string[] | null
  readonly changes: {
    readonly displayName?: string
    readonly displayDescription?: string | null
    readonly accessIpV4?: string
    readonly accessIpV6?: string
    readonly hostname?: string
    readonly userData?: string | null
    /** The whole map. */
    readonly metadata?: Readonly<Record<string, string>>
  }
}

const rule: BegunAction = {
  name: 'rebuild',
  vmStates: [VmState.active, VmState.stopped, VmState.error],
  sets: TaskState.rebuilding,
  recordedAs: 'rebuild',
}

/**
 * Begins a server anew on a fresh disk, on its own host: same id, same ports. With another image the
 * scheduler is asked whether the host can boot it.
 *
 * @throws ImageNotFound, KeypairNotFound, ImageNotActive, … (400 in the answer), QuotaError (403)
 */
export const rebuild = async (
  parts: RebuildParts,
  context: RequestContext,
  instance: Instance,
  request: RebuildRequest,
): Promise<void> => {
  const cell = instance.requireContext('rebuild')
  checkAction(cell, instance, rule)
  await refuseShares(cell, instance.uuid)
  const keys = await keyColumns(context, request.keyName)
  const image = await parts.images.get(context, request.imageRef)
  const bdms = await BlockDeviceMappingList.getByInstanceUuid(cell, instance.uuid)
  const root = rootVolume(bdms.objects)
  const origImageRef = root
    ? await imageOfVolume(parts.volumes, context, root, request)
    : instance.imageRef
  const autoDiskConfig = autoDiskConfigOf(image, request.autoDiskConfig)
  await parts.quota.checkItems(context, {
    metadata: request.changes.metadata ?? {},
    injectedFiles: request.injectedFiles,
  })
  checkImage(image, instance.flavor, root !== null)
  if (root) checkVolumeSize(image, root)
  await checkInUse(parts.volumes, context, bdms.objects)

  const origSystemMetadata = { ...instance.systemMetadata }
  Object.assign(instance, request.changes, keys, imageColumns(image.properties), {
    autoDiskConfig,
    // One without an image is known to have a volume as its root: it stays without.
    imageRef: root ? '' : request.imageRef,
    systemMetadata: withImage(instance, image),
    progress: 0,
  })
  if (request.trustedCerts !== undefined) {
    const { trustedCerts: ids } = request
    instance.trustedCerts = ids ? new TrustedCerts(cell, { ids: [...ids] }) : null
  }
  await enterTask(instance, rule)
  await InstanceAction.actionStart(cell, instance.uuid, rule.recordedAs, { wantResult: false })

  const isOther = origImageRef !== request.imageRef
  const spec = await RequestSpec.getByInstanceUuid(cell, instance.uuid)
  if (isOther) await askForOwnHost(spec, instance, image)
  await parts.conductor.rebuildInstance(cell, {
    instance,
    orig_image_ref: origImageRef ?? '',
    image_ref: request.imageRef,
    injected_files: request.injectedFiles,
    new_pass: request.adminPassword,
    orig_sys_metadata: origSystemMetadata,
    bdms,
    recreate: false,
    on_shared_storage: false,
    preserve_ephemeral: request.preserveEphemeral,
    // Without a host the conductor asks the scheduler.
    host: isOther ? null : instance.host,
    request_spec: spec,
    reimage_boot_volume: request.reimageBootVolume,
  })
}

const GIB = 1024 ** 3

/**
 * The image that a root volume was made from. Up to 2.92 the server stays with it.
 *
 * @throws ImageUnacceptable, CertificateValidationFailed (400)
 */
const imageOfVolume = async (
  volumes: VolumeApi,
  context: RequestContext,
  root: BlockDeviceMapping,
  { imageRef, reimageBootVolume, trustedCerts }: RebuildRequest,
): Promise<string | null> => {
  if (trustedCerts?.length) {
    throw new CertificateValidationFailed(
      'Image certificate validation is not supported for volume-backed servers.',
    )
  }
  const { imageMetadata } = await volumes.get(context, root.volumeId ?? '')
  const made = imageMetadata.image_id ?? null
  if (made !== imageRef && !reimageBootVolume) {
    throw new ImageUnacceptable({
      image_id: imageRef,
      reason: 'Unable to rebuild with a different image for a volume-backed server.',
    })
  }
  return made
}

/** @throws VolumeSmallerThanMinDisk (400) */
const checkVolumeSize = (image: ImageDict, root: BlockDeviceMapping): void => {
  const size = root.get('volumeSize')
  if (!size || image.min_disk <= size) return
  throw new VolumeSmallerThanMinDisk({
    volume_size: size * GIB,
    image_min_disk: image.min_disk * GIB,
  })
}

/** The new image is what the server is made of from now on; that only its own host is asked is not kept. */
const askForOwnHost = async (
  spec: RequestSpec,
  instance: Instance,
  image: ImageDict,
): Promise<void> => {
  spec.image = imageMetaOf(image)
  await spec.save()
  spec.unset('id')
  spec.schedulerHints = { ...spec.get('schedulerHints'), _nova_check_type: ['rebuild'] }
  spec.forceHosts = instance.host ? [instance.host] : []
  spec.forceNodes = instance.node ? [instance.node] : []
}

const keyColumns = async (context: RequestContext, keyName: string | null | undefined) => {
  if (keyName === undefined) return {}
  if (keyName === null) {
    return {
      keyName,
      keyData: null,
      keypairs: new KeyPairList(context, { objects: [] }),
    }
  }
  // Keys belong to users: the caller's counts, whoever made the server.
  const pair = await KeyPair.getByName(context, context.userId ?? '', keyName)
  return {
    keyName: pair.name,
    keyData: pair.publicKey,
    keypairs: new KeyPairList(context, { objects: [pair] }),
  }
}

/** What is remembered of the old image goes, what is of the new one comes. */
const withImage = (instance: Instance, image: ImageDict): Record<string, string | null> => ({
  ...Object.fromEntries(
    Object.entries(instance.systemMetadata).filter(([key]) => !key.startsWith('image_')),
  ),
  ...imageSystemMetadata(image, instance.flavor),
  image_base_image_ref: image.id,
})
