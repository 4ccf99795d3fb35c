import {
  boolean,
  dateTime,
  type FieldTable,
  type ImageMeta,
  ImageMetaProps,
  integer,
  listOf,
  novaObject,
  object,
  string,
  uuid,
} from '../../objects/index.js'
import { fill } from './fill.js'

/** The fields of ImageMetaProps, as they are there. */
const imageProperties: FieldTable = Object.fromEntries(
  ImageMetaProps.objectType.fields.map(({ wire, field: { type } }) => [wire, { type }]),
)

/** The properties that an image has; of the others there is no word. */
export class ImageMetaPropsPayload extends novaObject(
  'ImageMetaPropsPayload',
  '1.12',
  imageProperties,
) {}

export class ImageMetaPayload extends novaObject('ImageMetaPayload', '1.0', {
  id: uuid({ nullable: true }),
  name: string({ nullable: true }),
  status: string({ nullable: true }),
  visibility: string({ nullable: true }),
  protected: boolean({ nullable: true }),
  checksum: string({ nullable: true }),
  owner: string({ nullable: true }),
  size: integer({ nullable: true }),
  virtual_size: integer({ nullable: true }),
  container_format: string({ nullable: true }),
  disk_format: string({ nullable: true }),
  created_at: dateTime({ nullable: true }),
  updated_at: dateTime({ nullable: true }),
  tags: listOf(string())({ nullable: true }),
  direct_url: string({ nullable: true }),
  min_ram: integer({ nullable: true }),
  min_disk: integer({ nullable: true }),
  properties: object(() => ImageMetaPropsPayload)(),
}) {
  static of(image: ImageMeta): ImageMetaPayload {
    const known = image.get('properties') ?? new ImageMetaProps()
    const properties = fill(new ImageMetaPropsPayload(), known, {}, 'absent')
    return fill(new ImageMetaPayload(null, { properties }), image)
  }
}
