import type { ImageDict } from '../../image/api.js'
import { ImageMeta, ImageMetaProps } from '../../objects/index.js'

/** An image as the scheduler is told of it; what Glance leaves unsaid stays unset. */
export const imageMetaOf = (image: ImageDict): ImageMeta =>
  new ImageMeta(null, {
    id: image.id,
    status: image.status,
    size: image.size,
    minRam: image.min_ram,
    minDisk: image.min_disk,
    createdAt: new Date(`${image.created_at.replace(/Z$/, '')}Z`),
    updatedAt: new Date(`${image.updated_at.replace(/Z$/, '')}Z`),
    properties: propertiesOf(image.properties),
    ...(image.name === null ? {} : { name: image.name }),
    ...(image.checksum === null ? {} : { checksum: image.checksum }),
    ...(image.owner === null ? {} : { owner: image.owner }),
    ...(image.container_format === null ? {} : { containerFormat: image.container_format }),
    ...(image.disk_format === null ? {} : { diskFormat: image.disk_format }),
  })

/** The properties that nova knows; the rest of an image's are nobody's business here. */
const propertiesOf = (properties: Readonly<Record<string, unknown>>): ImageMetaProps => {
  const known = new ImageMetaProps()
  const { byWire } = known.objectType
  for (const [name, value] of Object.entries(properties)) {
    const entry = byWire.get(name)
    if (entry && value !== null && value !== undefined) known.write(entry, value)
  }
  return known
}
