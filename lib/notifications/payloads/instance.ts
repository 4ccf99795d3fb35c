import type { RequestContext } from '../../context/index.js'
import {
  BlockDeviceMappingList,
  boolean,
  dateTime,
  dictOf,
  type Instance,
  integer,
  listOf,
  type NovaObject,
  novaObject,
  object,
  ShareMappingList,
  string,
  uuid,
  type VersionManifest,
} from '../../objects/index.js'
import { ExceptionPayload } from './exception.js'
import { diskConfig, fill, powerState } from './fill.js'
import { FlavorPayload } from './flavor.js'
import {
  AuditPeriodPayload,
  BlockDevicePayload,
  InstanceStateUpdatePayload,
  IpPayload,
  SharePayload,
} from './instance-parts.js'
import { KeypairPayload } from './keypair.js'

/** What all notifications of an instance tell. */
const common = {
  uuid: uuid(),
  user_id: string({ nullable: true }),
  tenant_id: string({ nullable: true }),
  reservation_id: string({ nullable: true }),
  display_name: string({ nullable: true }),
  display_description: string({ nullable: true }),
  host_name: string({ nullable: true }),
  host: string({ nullable: true }),
  node: string({ nullable: true }),
  os_type: string({ nullable: true }),
  architecture: string({ nullable: true }),
  availability_zone: string({ nullable: true }),
  flavor: object(() => FlavorPayload)(),
  image_uuid: string({ nullable: true }),
  key_name: string({ nullable: true }),
  kernel_id: string({ nullable: true }),
  ramdisk_id: string({ nullable: true }),
  created_at: dateTime({ nullable: true }),
  launched_at: dateTime({ nullable: true }),
  terminated_at: dateTime({ nullable: true }),
  deleted_at: dateTime({ nullable: true }),
  updated_at: dateTime({ nullable: true }),
  state: string({ nullable: true }),
  power_state: powerState({ nullable: true }),
  task_state: string({ nullable: true }),
  progress: integer({ nullable: true }),
  ip_addresses: listOf(object(() => IpPayload)())(),
  block_devices: listOf(object(() => BlockDevicePayload)())({ nullable: true }),
  metadata: dictOf(string())(),
  locked: boolean(),
  auto_disk_config: diskConfig(),
  request_id: string({ nullable: true }),
  action_initiator_user: string({ nullable: true }),
  action_initiator_project: string({ nullable: true }),
  locked_reason: string({ nullable: true }),
}

/** Told since a version of each payload: see {@link withoutShares}. */
const shares = <const V extends string>(since: V) => ({
  shares: listOf(object(() => SharePayload)())({ nullable: true, since }),
})

/** Fields of a payload that have other names in an Instance. */
const renamed = {
  tenant_id: 'project_id',
  host_name: 'hostname',
  image_uuid: 'image_ref',
  state: 'vm_state',
}

const action = { fault: object(() => ExceptionPayload)({ nullable: true }) }

const certificates = { trusted_image_certificates: listOf(string())({ nullable: true }) }

export class InstancePayload extends novaObject('InstancePayload', '1.9', {
  ...common,
  ...shares('1.9'),
}) {}

export class InstanceActionPayload extends novaObject('InstanceActionPayload', '1.9', {
  ...common,
  ...action,
  ...shares('1.9'),
}) {}

export class InstanceActionVolumePayload extends novaObject('InstanceActionVolumePayload', '1.7', {
  ...common,
  ...action,
  ...shares('1.7'),
  volume_id: uuid(),
}) {}

export class InstanceActionVolumeSwapPayload extends novaObject(
  'InstanceActionVolumeSwapPayload',
  '1.9',
  { ...common, ...action, ...shares('1.9'), old_volume_id: uuid(), new_volume_id: uuid() },
) {}

export class InstanceActionSharePayload extends novaObject('InstanceActionSharePayload', '1.0', {
  ...common,
  ...action,
  shares: listOf(object(() => SharePayload)())({ nullable: true }),
  share_id: uuid(),
}) {}

export class InstanceCreatePayload extends novaObject('InstanceCreatePayload', '1.13', {
  ...common,
  ...action,
  ...shares('1.13'),
  keypairs: listOf(object(() => KeypairPayload)())(),
  tags: listOf(string())(),
  ...certificates,
  instance_name: string({ nullable: true }),
}) {}

export class InstanceActionResizePrepPayload extends novaObject(
  'InstanceActionResizePrepPayload',
  '1.4',
  {
    ...common,
    ...action,
    ...shares('1.4'),
    new_flavor: object(() => FlavorPayload)({ nullable: true }),
  },
) {}

export class InstanceActionRescuePayload extends novaObject('InstanceActionRescuePayload', '1.4', {
  ...common,
  ...action,
  ...shares('1.4'),
  rescue_image_ref: uuid({ nullable: true }),
}) {}

export class InstanceActionRebuildPayload extends novaObject(
  'InstanceActionRebuildPayload',
  '1.10',
  { ...common, ...action, ...shares('1.10'), ...certificates },
) {}

export class InstanceActionSnapshotPayload extends novaObject(
  'InstanceActionSnapshotPayload',
  '1.10',
  { ...common, ...action, ...shares('1.10'), snapshot_image_id: uuid() },
) {}

export class InstanceUpdatePayload extends novaObject('InstanceUpdatePayload', '2.1', {
  ...common,
  ...shares('2.1'),
  state_update: object(() => InstanceStateUpdatePayload)(),
  audit_period: object(() => AuditPeriodPayload)(),
  old_display_name: string({ nullable: true }),
  tags: listOf(string())(),
}) {}

export class InstanceExistsPayload extends novaObject('InstanceExistsPayload', '2.1', {
  ...common,
  ...shares('2.1'),
  audit_period: object(() => AuditPeriodPayload)(),
}) {}

/** The versions before shares were told: Zed's, which today's readers know as well. */
export const withoutShares: VersionManifest = {
  InstancePayload: '1.8',
  InstanceActionPayload: '1.8',
  InstanceActionVolumePayload: '1.6',
  InstanceActionVolumeSwapPayload: '1.8',
  InstanceCreatePayload: '1.12',
  InstanceActionResizePrepPayload: '1.3',
  InstanceActionRescuePayload: '1.3',
  InstanceActionRebuildPayload: '1.9',
  InstanceActionSnapshotPayload: '1.9',
  InstanceUpdatePayload: '2.0',
  InstanceExistsPayload: '2.0',
}

/** What payloads of instances hold beyond the instance itself. */
export interface InstancePayloadSettings {
  /** `[notifications] bdms_in_notifications` */
  readonly blockDevices: boolean
  /** `[notifications] include_share_mapping` */
  readonly shares: boolean
  /** `[DEFAULT] instance_name_template` */
  readonly nameOf: (instance: Instance) => string
}

/**
 * Fills in what all payloads of an instance have in common; what it takes is loaded.
 *
 * @param payload  with the fields of its own kind set
 */
export const describeInstance = async <P extends NovaObject>(
  context: RequestContext,
  instance: Instance,
  payload: P,
  settings: InstancePayloadSettings,
): Promise<P> => {
  await instance.load('flavor', 'infoCache', 'metadata', 'systemMetadata')
  const isSomebodys = context.projectId !== null && context.userId !== null
  payload.assign({
    ip_addresses: IpPayload.allOf(instance),
    flavor: FlavorPayload.of(instance.flavor),
    block_devices: await blockDevices(instance, settings),
    shares: await sharesOf(instance, settings),
    // What nobody asked for (a periodic task) has a request of its own, which says nothing.
    request_id: isSomebodys ? context.requestId : null,
    action_initiator_user: context.userId,
    action_initiator_project: context.projectId,
    locked_reason: instance.systemMetadata.locked_reason ?? null,
  })
  return fill(payload, instance, renamed)
}

const blockDevices = async (
  instance: Instance,
  settings: InstancePayloadSettings,
): Promise<BlockDevicePayload[] | null> => {
  if (!settings.blockDevices) return null
  const context = instance.requireContext('get_bdms')
  return BlockDevicePayload.allOf(
    await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid),
  )
}

const sharesOf = async (
  instance: Instance,
  settings: InstancePayloadSettings,
): Promise<SharePayload[] | null> => {
  if (!settings.shares) return null
  const context = instance.requireContext('get_shares')
  return SharePayload.allOf(await ShareMappingList.getByInstanceUuid(context, instance.uuid))
}

/** Ids of the certificates that the server's image must be signed with. */
export const trustedCertificates = async (
  instance: Instance,
): Promise<readonly string[] | null> => {
  await instance.load('trustedCerts')
  return instance.trustedCerts?.ids ?? null
}

export const tagsOf = async (instance: Instance): Promise<string[]> => {
  await instance.load('tags')
  return instance.tags.objects.map(({ tag }) => tag)
}
