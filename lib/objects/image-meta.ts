import {
  boolean,
  dateTime,
  integer,
  listOf,
  novaObject,
  object,
  string,
  uuid,
} from './base/index.js'
import { ImageMetaProps } from './image-meta-props.js'

export class ImageMeta extends novaObject('ImageMeta', '1.8', {
  id: uuid(),
  name: string(),
  status: string(),
  visibility: string(),
  protected: boolean(),
  checksum: string(),
  owner: string(),
  size: integer(),
  virtual_size: integer(),
  container_format: string(),
  disk_format: string(),
  created_at: dateTime({ nullable: true }),
  updated_at: dateTime({ nullable: true }),
  tags: listOf(string())(),
  direct_url: string(),
  min_ram: integer(),
  min_disk: integer(),
  properties: object(() => ImageMetaProps)(),
}) {}
