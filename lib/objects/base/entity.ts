import type { RequestContext } from '../../context/index.js'
import { UnsupportedObjectError } from './errors.js'
import { isObjectPrimitive, NovaObject, type NovaObjectClass } from './object.js'
import type { VersionManifest } from './versions.js'

/** Nested deeper than this, a value from outside is refused: it would exhaust the stack. */
const maxDepth = 64

/** Containers that may hold objects → containers of primitives. Sets become arrays, times text. */
export const encodeEntity = (value: unknown, manifest?: VersionManifest): unknown => {
  if (value instanceof NovaObject) return value.toPrimitive(manifest)
  if (value instanceof Date) return `${value.toISOString().slice(0, -1)}000`
  if (Array.isArray(value)) return value.map(item => encodeEntity(item, manifest))
  if (value instanceof Set) return [...value].map(item => encodeEntity(item, manifest))
  if (value instanceof Map) return encodeEntity(Object.fromEntries(value), manifest)
  if (isPlainObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, encodeEntity(item, manifest)]),
    )
  }
  return value
}

const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)

/** The other way: primitives of these classes become objects; others are refused. */
export const decodeEntity = (
  value: unknown,
  context: RequestContext | null,
  classes: readonly NovaObjectClass[],
): unknown =>
  walk(value, primitive => {
    const name = String(Reflect.get(primitive, 'nova_object.name'))
    const type = classes.find(one => one.objectType.name === name)
    if (!type) throw new UnsupportedObjectError({ objtype: name })
    return type.fromPrimitive(primitive, context)
  })

/** Replaces the object primitives in a value, at any depth. */
export const walk = (value: unknown, read: (primitive: object) => unknown, depth = 0): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (depth > maxDepth) throw new RangeError(`a value is nested deeper than ${maxDepth}`)
  if (Array.isArray(value)) return value.map(item => walk(item, read, depth + 1))
  if (isObjectPrimitive(value)) return read(value)
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, walk(item, read, depth + 1)]),
  )
}
