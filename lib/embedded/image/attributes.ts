import { isUuid } from '../../util/is-uuid.js'
import { badRequest, ImageError } from './errors.js'

export const diskFormats = [
  'ami',
  'ari',
  'aki',
  'vhd',
  'vhdx',
  'vmdk',
  'raw',
  'qcow2',
  'vdi',
  'iso',
  'ploop',
]
export const containerFormats = ['ami', 'ari', 'aki', 'bare', 'ovf', 'ova', 'docker', 'compressed']
export const visibilities = ['public', 'private', 'shared', 'community']

/** Only the service sets these. */
const readOnly = new Set([
  'created_at',
  'updated_at',
  'status',
  'checksum',
  'size',
  'virtual_size',
  'direct_url',
  'self',
  'file',
  'schema',
  'os_hash_algo',
  'os_hash_value',
])
const reserved = new Set(['deleted', 'deleted_at', 'location', 'locations'])

type Check = (value: unknown, name: string) => unknown

const wrong = (name: string, value: unknown, expected: string): ImageError =>
  badRequest(
    `Invalid value '${String(typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 255)}' for '${name}': ${expected}`,
  )

const text: Check = (value, name) => {
  if (value === null) return null
  if (typeof value !== 'string') throw wrong(name, value, 'it must be a string')
  if (value.length > 255) throw wrong(name, value, 'it must not be longer than 255 characters')
  return value
}
const oneOf =
  (values: readonly string[]): Check =>
  (value, name) => {
    if (value === null && name !== 'visibility') return null
    if (typeof value !== 'string' || !values.includes(value)) {
      throw wrong(name, value, `it must be one of ${values.join(', ')}`)
    }
    return value
  }
const whole: Check = (value, name) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 2 ** 31 - 1) {
    throw wrong(name, value, `it must be a whole number from 0 to ${2 ** 31 - 1}`)
  }
  return value
}
const flag: Check = (value, name) => {
  if (typeof value !== 'boolean') throw wrong(name, value, 'it must be true or false')
  return value ? 1 : 0
}

/** @returns the tags as a JSON list without repetitions */
const tagList: Check = (value, name) => {
  if (!Array.isArray(value) || value.some(tag => typeof tag !== 'string' || tag.length > 255)) {
    throw wrong(name, value, 'it must be a list of strings of up to 255 characters')
  }
  if (value.length > 128) throw new ImageError(413, 'The limit of 128 tags has been exceeded.')
  return JSON.stringify([...new Set(value)])
}

const id: Check = (value, name) => {
  if (!isUuid(value)) throw wrong(name, value, 'it must be a UUID')
  return value.toLowerCase()
}

/** Attributes that a client may set; what is not here is a property. Values are those of the columns. */
const settable: Readonly<Record<string, Check>> = {
  id,
  name: text,
  owner: text,
  visibility: oneOf(visibilities),
  disk_format: oneOf(diskFormats),
  container_format: oneOf(containerFormats),
  min_disk: whole,
  min_ram: whole,
  protected: flag,
  os_hidden: flag,
  tags: tagList,
}

export const isAttribute = (name: string): boolean =>
  Object.hasOwn(settable, name) || readOnly.has(name)

/** Properties whose value may be null. */
const nullable = new Set(['kernel_id', 'ramdisk_id'])

const MAX_PROPERTIES = 128

export interface Given {
  /** by column */
  readonly columns: Record<string, unknown>
  readonly properties: Record<string, string | null>
}

/** @throws 403 for what only the service sets, 400 for what does not fit */
export const checkAttribute = (name: string, value: unknown): unknown => {
  checkWritable(name)
  return settable[name]?.(value, name)
}

export const checkWritable = (name: string): void => {
  if (readOnly.has(name)) throw new ImageError(403, `Attribute '${name}' is read-only.`)
  if (reserved.has(name)) throw new ImageError(403, `Attribute '${name}' is reserved.`)
}

export const checkProperty = (name: string, value: unknown): string | null => {
  if (value === null && nullable.has(name)) return null
  if (typeof value !== 'string') throw wrong(name, value, 'it must be a string')
  if (value.length > 65_535 || name.length > 255) {
    throw wrong(name, value.slice(0, 20), 'names go up to 255 characters, values to 65535')
  }
  return value
}

export const checkPropertyCount = (properties: Readonly<Record<string, unknown>>): void => {
  if (Object.keys(properties).length > MAX_PROPERTIES) {
    throw new ImageError(413, `The limit of ${MAX_PROPERTIES} properties has been exceeded.`)
  }
}

/** The body of POST. */
export const readImage = (body: Readonly<Record<string, unknown>>): Given => {
  const columns: Record<string, unknown> = {}
  const properties: Record<string, string | null> = {}
  for (const [name, value] of Object.entries(body)) {
    checkWritable(name)
    if (Object.hasOwn(settable, name)) columns[name] = checkAttribute(name, value)
    else define(properties, name, checkProperty(name, value))
  }
  checkPropertyCount(properties)
  return { columns, properties }
}

/** As a plain value whatever the key is: a property may be called `__proto__`. */
export const define = <T>(target: Record<string, T>, name: string, value: T): void => {
  Object.defineProperty(target, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}
