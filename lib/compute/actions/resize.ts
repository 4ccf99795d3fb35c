import type { ComputeTaskRpcApi } from '../../conductor/rpcapi.js'
import type { NovaConf } from '../../conf/index.js'
import type { RequestContext } from '../../context/index.js'
import {
  CannotMigrateToSameHost,
  CannotResizeDisk,
  CannotResizeToSameFlavor,
  FlavorNotFound,
} from '../../exception/index.js'
import {
  BlockDeviceMappingList,
  ComputeNode,
  Destination,
  Flavor,
  type Instance,
  InstanceAction,
  RequestSpec,
} from '../../objects/index.js'
import { checkAction } from '../checks.js'
import { autoDiskConfigOf, type CheckedImage, checkImage } from '../create/image-checks.js'
import type { QuotaEngine } from '../quota.js'
import { refuseShares } from '../server-shares.js'
import { TaskState, VmState } from '../states.js'
import { isVolumeBacked } from '../volume-backed.js'
import { type BegunAction, enterTask } from './begin-action.js'
import { checkHostIsUp } from './host-checks.js'

export interface ResizeParts {
  readonly conf: Pick<NovaConf, 'DEFAULT'>
  readonly conductor: ComputeTaskRpcApi
  readonly quota: QuotaEngine
}

export interface ResizeRequest {
  /** The flavor's id, as users know it. */
  readonly flavorId: string
  readonly autoDiskConfig: boolean | null
}

const rule = {
  vmStates: [VmState.active, VmState.stopped],
  needsHost: true,
  sets: TaskState.resizePrep,
} as const

/**
 * Gives a server another flavor, mostly on another host. It ends `resized`, and waits for its owner to
 * confirm or to revert.
 *
 * @throws FlavorNotFound, CannotResizeDisk, CannotResizeToSameFlavor, ImageNotFound, … (400)
 * @throws TooManyInstances (403), ServiceUnavailable (409) when its host is down
 */
export const resize = async (
  parts: ResizeParts,
  context: RequestContext,
  instance: Instance,
  { flavorId, autoDiskConfig }: ResizeRequest,
): Promise<void> => {
  const action: BegunAction = { ...rule, name: 'resize', recordedAs: 'resize' }
  await checkMove(parts, instance, action)
  const { flavor: current } = instance
  const flavor = await Flavor.getByFlavorId(context, flavorId, { readDeleted: 'no' })
  if (flavor.id === current.id) throw new CannotResizeToSameFlavor()
  if (flavor.disabled) throw new FlavorNotFound({ flavor_id: flavorId })
  await checkDisk(instance, flavor, autoDiskConfig)
  await parts.quota.checkUpsize(context, instance, current, flavor)
  instance.autoDiskConfig = autoDiskConfig ?? false
  await send(parts, instance, action, flavor, null)
}

/**
 * Moves a server to another host while it is off; as {@link resize} it waits for a confirmation.
 *
 * @param host  2.56: the destination; null: the scheduler's choice
 * @throws ComputeHostNotFound, CannotMigrateToSameHost (400), ServiceUnavailable (409)
 */
export const migrate = async (
  parts: ResizeParts,
  instance: Instance,
  host: string | null,
): Promise<void> => {
  const action: BegunAction = { ...rule, name: 'migrate', recordedAs: 'migrate' }
  const cell = instance.requireContext('migrate')
  const node = host === null ? null : await ComputeNode.getFirstNodeByHostForOldCompat(cell, host)
  if (host !== null && host === instance.host) throw new CannotMigrateToSameHost()
  await checkMove(parts, instance, action)
  await send(parts, instance, action, instance.flavor, node)
}

const checkMove = async (
  { conf }: ResizeParts,
  instance: Instance,
  action: BegunAction,
): Promise<void> => {
  const cell = instance.requireContext(action.name)
  checkAction(cell, instance, action)
  await refuseShares(cell, instance.uuid)
  await checkHostIsUp(cell, instance, conf.DEFAULT.service_down_time)
}

/** Whether the image still fits; of a server that boots from a volume nobody asks. */
const checkDisk = async (
  instance: Instance,
  flavor: Flavor,
  autoDiskConfig: boolean | null,
): Promise<void> => {
  const cell = instance.requireContext('resize')
  const bdms = await BlockDeviceMappingList.getByInstanceUuid(cell, instance.uuid)
  if (isVolumeBacked(bdms.objects)) return
  if (flavor.rootGb === 0 && instance.flavor.rootGb !== 0) {
    throw new CannotResizeDisk({ reason: 'Resize to zero disk flavor is not allowed.' })
  }
  const image = rememberedImage(instance)
  autoDiskConfigOf(image, autoDiskConfig)
  checkImage(image, flavor, false)
}

/** What a server keeps of its image, which may be gone; `min_disk` is the disk that it has now. */
const rememberedImage = ({ imageRef, systemMetadata }: Instance): CheckedImage => ({
  id: imageRef ?? '',
  status: 'active',
  size: 0,
  min_ram: Number(systemMetadata.image_min_ram ?? 0),
  min_disk: Number(systemMetadata.image_min_disk ?? 0),
  properties: { auto_disk_config: systemMetadata.image_auto_disk_config ?? null },
})

const send = async (
  { conf, conductor }: ResizeParts,
  instance: Instance,
  action: BegunAction,
  flavor: Flavor,
  node: ComputeNode | null,
): Promise<void> => {
  const cell = instance.requireContext(action.name)
  const spec = await RequestSpec.getByInstanceUuid(cell, instance.uuid)
  const ignored = conf.DEFAULT.allow_resize_to_same_host || !instance.host ? [] : [instance.host]
  spec.ignoreHosts = ignored
  spec.requestedDestination = new Destination(null, {
    ...(node ? { host: node.host ?? '', node: node.hypervisorHostname } : {}),
    allowCrossCellMove: false,
  })
  instance.progress = 0
  await enterTask(instance, action)
  await InstanceAction.actionStart(cell, instance.uuid, action.recordedAs, { wantResult: false })
  await conductor.migrateServer(cell, {
    instance,
    scheduler_hint: { filter_properties: { ignore_hosts: ignored } },
    live: false,
    rebuild: false,
    flavor,
    block_migration: null,
    disk_over_commit: null,
    reservations: null,
    clean_shutdown: true,
    request_spec: spec,
    host_list: null,
  })
}
