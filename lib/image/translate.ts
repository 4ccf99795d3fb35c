import type { ImageDict, NewImage } from './api.js'

// Keys of Glance's v2 document that nova's v1-style dict leaves out.
const omitted = new Set([
  'self',
  'schema',
  'protected',
  'virtual_size',
  'file',
  'tags',
  'direct_url',
  'locations',
  'stores',
  'visibility',
])

// What Glance's schema calls base properties; any other key is one of the image's own.
const base = new Set([
  'id',
  'name',
  'status',
  'size',
  'checksum',
  'container_format',
  'disk_format',
  'min_ram',
  'min_disk',
  'owner',
  'created_at',
  'updated_at',
  'os_hidden',
  'os_hash_algo',
  'os_hash_value',
])

/** Properties that are JSON texts at Glance and lists in nova. */
const structured = ['block_device_mapping', 'mappings']

/** Glance's v2 document → nova's dict. Key order is nova's. */
export const imageFromV2 = (image: Readonly<Record<string, unknown>>): ImageDict => {
  const properties: Record<string, unknown> = {}
  const known: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(image)) {
    if (omitted.has(name)) continue
    if (base.has(name)) known[name] = value
    else properties[name] = value
  }
  for (const name of structured) {
    const text = properties[name]
    if (typeof text === 'string') properties[name] = parseOr(text)
  }
  return {
    properties,
    deleted: false,
    deleted_at: null,
    disk_format: textOf(known.disk_format),
    container_format: textOf(known.container_format),
    name: textOf(known.name),
    checksum: textOf(known.checksum),
    is_public: image.visibility === 'public',
    size: numberOf(known.size),
    status: textOf(known.status) ?? 'queued',
    min_ram: numberOf(known.min_ram),
    min_disk: numberOf(known.min_disk),
    owner: textOf(known.owner),
    ...('os_hidden' in known ? { os_hidden: known.os_hidden === true } : {}),
    ...('os_hash_algo' in known ? { os_hash_algo: textOf(known.os_hash_algo) } : {}),
    ...('os_hash_value' in known ? { os_hash_value: textOf(known.os_hash_value) } : {}),
    id: textOf(known.id) ?? '',
    created_at: timeOf(known.created_at),
    updated_at: timeOf(known.updated_at),
  }
}

/** nova's dict → the flat body of a v2 POST; also the values that a PATCH sets. */
export const imageToV2 = (image: Partial<NewImage>): Record<string, unknown> => {
  const { properties, is_public, sharedWith: _, ...rest } = image
  const body: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(properties ?? {})) body[name] = propertyText(value)
  for (const [name, value] of Object.entries(rest)) {
    if (value !== undefined) body[name] = value
  }
  if (is_public !== undefined) body.visibility = is_public ? 'public' : 'private'
  return body
}

// Glance takes strings and null only.
const propertyText = (value: unknown): string | null => {
  if (value === null || value === undefined) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const parseOr = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0)

/** `2026-01-31T12:00:00Z` → `2026-01-31T12:00:00.000000` */
const timeOf = (value: unknown): string => {
  const time = new Date(typeof value === 'string' ? value : 0)
  return Number.isNaN(time.getTime()) ? '' : `${time.toISOString().slice(0, -1)}000`
}
