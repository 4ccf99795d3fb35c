import type { ImageDict } from '../../lib/image/api.js'
import { boolFromString, view } from '../../lib/wsgi/index.js'
import { type Link, type LinkBase, memberLinks } from '../resource-links.js'

export interface ImageViewContext {
  readonly links: LinkBase
  /** Where the image service shows this image itself. */
  readonly imageService: string
}

export const COLLECTION = 'images'

const linksOf = ({ id }: ImageDict, { links, imageService }: ImageViewContext): Link[] => [
  ...memberLinks(links, COLLECTION, id),
  {
    rel: 'alternate',
    href: `${imageService}/images/${id}`,
    type: 'application/vnd.openstack.image',
  },
]

const statuses: Readonly<Record<string, string>> = {
  active: 'ACTIVE',
  queued: 'SAVING',
  importing: 'SAVING',
  saving: 'SAVING',
  pending_delete: 'DELETED',
  deleted: 'DELETED',
  killed: 'ERROR',
}

/** Per cent */
const progress: Readonly<Record<string, number>> = { queued: 25, saving: 50, active: 100 }

/** `2014-01-01T12:00:00.000000` → `2014-01-01T12:00:00Z` */
const timeOf = (text: string | null): string | null => (text ? `${text.slice(0, 19)}Z` : null)

const diskConfigOf = ({ properties }: ImageDict): string | undefined => {
  const { auto_disk_config: config } = properties
  if (config === undefined) return undefined
  return boolFromString(config) ? 'AUTO' : 'MANUAL'
}

const serverOf = ({ properties }: ImageDict, { links }: ImageViewContext) =>
  typeof properties.instance_uuid === 'string'
    ? {
        id: properties.instance_uuid,
        links: memberLinks(links, 'servers', properties.instance_uuid),
      }
    : undefined

/** An item of GET /images */
export const briefView = view<ImageDict, ImageViewContext>({
  id: image => image.id,
  name: image => image.name,
  links: linksOf,
})

/** A whole image */
export const imageView = view<ImageDict, ImageViewContext>({
  ...briefView.fields,
  minRam: image => image.min_ram,
  minDisk: image => image.min_disk,
  metadata: image => image.properties,
  created: image => timeOf(image.created_at),
  updated: image => timeOf(image.updated_at),
  status: image => statuses[image.status] ?? 'UNKNOWN',
  progress: image => progress[image.status] ?? 0,
  'OS-EXT-IMG-SIZE:size': image => image.size,
  'OS-DCF:diskConfig': diskConfigOf,
  server: serverOf,
})
