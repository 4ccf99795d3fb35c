import type { RequestContext } from '../context/index.js'
import { NovaException } from '../exception/index.js'
import { fixedIps, networkInfoFromJson } from '../network/model.js'
import type { Instance } from '../objects/index.js'
import { classOf } from './payloads/exception.js'

/** Where images are found: what a payload of the older form tells besides their ids. */
export type ImageUrl = (context: RequestContext, imageRef: string | null) => string

/** nova's `strtime`: a time as the older notifications have it; nothing is the empty text. */
export const isoTime = (time: Date | null | undefined): string =>
  time ? `${time.toISOString().slice(0, -1)}000` : ''

/** Python's `str` of a time in UTC that knows its zone. */
export const zonedTime = (time: Date | null | undefined): string =>
  time ? `${time.toISOString().slice(0, 19).replace('T', ' ')}+00:00` : 'None'

/** Python's `str` of a time in UTC that does not. */
export const naiveTime = (time: Date): string => time.toISOString().slice(0, 19).replace('T', ' ')

/**
 * What the older notifications tell of an instance (nova's `info_from_instance`); what it takes is
 * loaded.
 */
export const instanceInfo = async (
  context: RequestContext,
  instance: Instance,
  imageUrl: ImageUrl,
): Promise<Record<string, unknown>> => {
  await instance.load('flavor', 'infoCache', 'metadata', 'systemMetadata')
  const { flavor } = instance
  return {
    tenant_id: instance.projectId,
    user_id: instance.userId,
    instance_id: instance.uuid,
    display_name: instance.displayName,
    reservation_id: instance.reservationId,
    hostname: instance.hostname,
    instance_type: flavor.name,
    instance_type_id: instance.instanceTypeId,
    instance_flavor_id: flavor.flavorid,
    architecture: instance.architecture,
    memory_mb: flavor.memoryMb,
    disk_gb: flavor.rootGb + flavor.ephemeralGb,
    vcpus: flavor.vcpus,
    root_gb: flavor.rootGb,
    ephemeral_gb: flavor.ephemeralGb,
    host: instance.host,
    node: instance.node,
    availability_zone: instance.availabilityZone,
    cell_name: instance.get('cellName') ?? '',
    created_at: zonedTime(instance.get('createdAt')),
    terminated_at: isoTime(instance.get('terminatedAt')),
    deleted_at: isoTime(instance.get('deletedAt')),
    launched_at: isoTime(instance.get('launchedAt')),
    image_ref_url: imageUrl(context, instance.imageRef),
    os_type: instance.osType,
    kernel_id: instance.kernelId,
    ramdisk_id: instance.ramdiskId,
    state: instance.vmState,
    state_description: instance.taskState ?? '',
    progress: instance.progress || '',
    access_ip_v4: instance.accessIpV4,
    access_ip_v6: instance.accessIpV6,
    image_meta: imageMeta(instance.systemMetadata),
    metadata: instance.metadata,
  }
}

const imageMeta = (
  systemMetadata: Readonly<Record<string, string | null>>,
): Record<string, string | null> =>
  Object.fromEntries(
    Object.entries(systemMetadata)
      .filter(([key]) => key.startsWith('image_'))
      .map(([key, value]) => [key.slice('image_'.length), value]),
  )

/** The fixed addresses of an instance, for the notifications that tell them. */
export const fixedIpsOf = (instance: Instance): Record<string, unknown>[] =>
  networkInfoFromJson(instance.get('infoCache')?.get('networkInfo')).flatMap(vif =>
    fixedIps(vif).map(ip => ({ ...ip, label: vif.network.label, vif_mac: vif.address })),
  )

/** What went wrong, as it stands beside the rest (nova's `exception_to_dict`). */
export const failureInfo = (error: unknown): Record<string, unknown> => {
  const known = error instanceof Error ? error : new Error(String(error))
  const isOurs = error instanceof NovaException
  return {
    exception: exceptionText(known),
    message: isOurs ? known.message : classOf(known),
    code: isOurs ? error.code : 500,
  }
}

/** An exception as Python's nova writes it into JSON: its `repr`. */
export const exceptionText = (error: Error): string =>
  error instanceof NovaException
    ? repr({
        kwargs: { ...error.kwargs, code: error.code },
        message: error.message,
        class: error.name,
      })
    : `${classOf(error)}(${repr(error.message)})`

/** Python's `repr` of what JSON can hold. */
const repr = (value: unknown): string => {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return reprText(value)
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`
  if (typeof value !== 'object') return String(value)
  const entries = Object.entries(value).map(([key, item]) => `${repr(key)}: ${repr(item)}`)
  return `{${entries.join(', ')}}`
}

const reprText = (text: string): string => {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote
}
