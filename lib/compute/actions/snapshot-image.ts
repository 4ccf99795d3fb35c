import type { RequestContext } from '../../context/index.js'
import type { ImageApi, ImageDict, NewImage } from '../../image/api.js'
import type { Instance } from '../../objects/index.js'

export interface SnapshotImageRequest {
  readonly name: string
  readonly type: 'snapshot' | 'backup'
  /** They overrule what is inherited. */
  readonly properties?: Readonly<Record<string, string>>
  /** Of an image that no driver will upload. */
  readonly formats?: Pick<NewImage, 'disk_format' | 'container_format'>
  /** `[DEFAULT] non_inheritable_image_properties` */
  readonly nonInheritable: readonly string[]
}

/** Volumes of the image that the server was made of are not the snapshot's. */
const notTaken: ReadonlySet<string> = new Set([
  'mappings',
  'img_mappings',
  'block_device_mapping',
  'img_block_device_mapping',
])

/**
 * An image, still without bytes, for a snapshot of a server: it inherits what the server remembers of
 * its own image, and tells whose snapshot it is. Of somebody else's server it is shared with the owner.
 */
export const createSnapshotImage = (
  context: RequestContext,
  images: ImageApi,
  instance: Instance,
  request: SnapshotImageRequest,
): Promise<ImageDict> => {
  const { formats, minima, properties } = inherited(instance.systemMetadata)
  for (const name of request.nonInheritable) delete properties[name]
  const isOwn = context.projectId === instance.projectId
  return images.create(context, {
    ...minima,
    // The driver may convert a snapshot; it says the formats when it uploads.
    ...(request.type === 'snapshot' ? {} : formats),
    ...request.formats,
    name: request.name,
    visibility: isOwn ? 'private' : 'shared',
    ...(isOwn || !instance.projectId ? {} : { sharedWith: instance.projectId }),
    properties: {
      ...properties,
      instance_uuid: instance.uuid,
      user_id: context.userId ?? '',
      image_type: request.type,
      ...request.properties,
    },
  })
}

const inherited = (systemMetadata: Readonly<Record<string, string | null>>) => {
  const formats: Pick<NewImage, 'disk_format' | 'container_format'> = {}
  const minima: Pick<NewImage, 'min_ram' | 'min_disk'> = {}
  const properties: Record<string, string> = {}
  for (const [key, value] of Object.entries(systemMetadata)) {
    const name = key.replace(/^image_/, '')
    if (value === null || notTaken.has(name)) continue
    if (name === 'disk_format' || name === 'container_format') {
      Object.assign(formats, { [name]: value })
    } else if (name === 'min_ram' || name === 'min_disk') {
      Object.assign(minima, { [name]: Number(value) || 0 })
    } else {
      properties[name] = value
    }
  }
  return { formats, minima, properties }
}
