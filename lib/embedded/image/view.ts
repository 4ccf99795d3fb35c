import type { ImageRow } from './store.js'

export type ImageDoc = Record<string, unknown>

export const propertiesOf = (row: ImageRow): Record<string, string | null> =>
  JSON.parse(row.properties) as Record<string, string | null>

export const tagsOf = (row: ImageRow): string[] => JSON.parse(row.tags) as string[]

/** Glance's flat document: the image's own properties stand beside the others. */
export const imageView = (row: ImageRow): ImageDoc => ({
  ...propertiesOf(row),
  name: row.name,
  disk_format: row.disk_format,
  container_format: row.container_format,
  visibility: row.visibility,
  size: row.size,
  virtual_size: row.virtual_size,
  status: row.status,
  checksum: row.checksum,
  protected: row.protected === 1,
  min_ram: row.min_ram,
  min_disk: row.min_disk,
  owner: row.owner,
  os_hidden: row.os_hidden === 1,
  os_hash_algo: row.os_hash_value === null ? null : 'sha512',
  os_hash_value: row.os_hash_value,
  id: row.id,
  created_at: row.created_at,
  updated_at: row.updated_at,
  tags: tagsOf(row),
  self: `/v2/images/${row.id}`,
  file: `/v2/images/${row.id}/file`,
  schema: '/v2/schemas/image',
})
