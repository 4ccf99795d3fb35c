import type { RequestContext } from '../context/index.js'
import {
  BlockDeviceMapping,
  BlockDeviceMappingList,
  type BuildRequest,
  Flavor,
  Instance,
  type NovaObject,
  type NovaObjectClass,
  TagList,
} from '../objects/index.js'

/** A new object of the same values, all of them to be written: it has no row yet. */
const unwritten = <T extends NovaObject>(
  type: NovaObjectClass<T> & (new (context: RequestContext, values: Values) => T),
  context: RequestContext,
  source: T,
): T => {
  const values: Record<string, unknown> = {}
  for (const { accessor, wire } of type.objectType.fields) {
    const value = source.valueAt(wire)
    if (value !== undefined) values[accessor] = value
  }
  return new type(context, values)
}

type Values = Readonly<Record<string, unknown>>

/** The instance of a build request. */
export const newInstance = (context: RequestContext, request: BuildRequest): Instance =>
  unwritten(Instance, context, request.instance)

/** Writes the disks of a request for one instance. */
export const createBlockDevices = async (
  context: RequestContext,
  instance: Instance,
  requested: Iterable<BlockDeviceMapping>,
): Promise<BlockDeviceMappingList> => {
  const created: BlockDeviceMapping[] = []
  for (const request of requested) {
    const bdm = unwritten(BlockDeviceMapping, context, request)
    bdm.instanceUuid = instance.uuid
    bdm.volumeSize = sizeOf(instance.get('flavor'), bdm)
    await bdm.create()
    created.push(bdm)
  }
  return new BlockDeviceMappingList(context, { objects: created })
}

/** Blank local disks are as big as the flavor says: swap in MiB, ephemeral in GiB, as nova has it. */
const sizeOf = (flavor: Flavor | undefined, bdm: BlockDeviceMapping): number | null => {
  const size = bdm.get('volumeSize') ?? null
  const blank = bdm.get('sourceType') === 'blank' && bdm.get('destinationType') === 'local'
  if (!blank || size || !(flavor instanceof Flavor)) return size
  return bdm.get('guestFormat') === 'swap' ? flavor.swap : flavor.ephemeralGb
}

export const createTags = async (
  context: RequestContext,
  instance: Instance,
  tags: unknown,
): Promise<void> => {
  if (!(tags instanceof TagList) || tags.length === 0) return
  await TagList.create(
    context,
    instance.uuid,
    tags.objects.map(({ tag }) => tag),
  )
}
