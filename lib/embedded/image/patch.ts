import { isRecord } from '../../util/is-record.js'
import {
  checkAttribute,
  checkProperty,
  checkPropertyCount,
  checkWritable,
  define,
  type Given,
  isAttribute,
} from './attributes.js'
import { badRequest, ImageError } from './errors.js'
import type { ImageRow } from './store.js'
import { propertiesOf } from './view.js'

export interface Operation {
  readonly op: 'add' | 'replace' | 'remove'
  readonly name: string
  readonly value: unknown
}

export type PatchVersion = '2.0' | '2.1'

const ops = ['add', 'replace', 'remove'] as const

/** `application/openstack-images-v2.1-json-patch` and the like; undefined for any other type. */
export const patchVersion = (contentType: string | undefined): PatchVersion | undefined => {
  const match = /^application\/openstack-images-v(2(?:\.[01])?)-json-patch\b/.exec(
    contentType ?? '',
  )
  if (!match) return undefined
  return match[1] === '2.0' || match[1] === '2' ? '2.0' : '2.1'
}

export const readPatch = (body: unknown, version: PatchVersion): Operation[] => {
  if (!Array.isArray(body)) {
    throw badRequest('Request body must be a JSON array of operation objects.')
  }
  return body.map(item => {
    if (!isRecord(item)) throw badRequest('Operations must be JSON objects.')
    return version === '2.0' ? readV20(item) : readV21(item)
  })
}

/** `{"replace": "/name", "value": …}` */
const readV20 = (item: Record<string, unknown>): Operation => {
  const named = ops.filter(op => Object.hasOwn(item, op))
  const [op] = named
  if (!op || named.length > 1) {
    throw badRequest(
      'Operation objects must contain only one member named "add", "remove", or "replace".',
    )
  }
  return { op, name: pointer(item[op]), value: operandOf(item, op) }
}

/** `{"op": "replace", "path": "/name", "value": …}` */
const readV21 = (item: Record<string, unknown>): Operation => {
  const op = ops.find(known => known === item.op)
  if (!op)
    throw badRequest(
      `Invalid operation: '${String(item.op).slice(0, 64)}'. It must be one of the following: add, remove, replace.`,
    )
  if (item.path === undefined) throw badRequest("Unable to find 'path' in JSON Schema change")
  return { op, name: pointer(item.path), value: operandOf(item, op) }
}

const operandOf = (item: Record<string, unknown>, op: Operation['op']): unknown => {
  if (op !== 'remove' && item.value === undefined) {
    throw badRequest("Unable to find 'value' in JSON Schema change")
  }
  return item.value
}

/** An image is flat, so a path has one step; but for `/tags/…`, which nobody sends. */
const pointer = (path: unknown): string => {
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw badRequest(`Pointer \`${String(path).slice(0, 64)}\` does not start with "/".`)
  }
  const name = path.slice(1)
  if (name === '') throw badRequest('Pointer `/` does not contains valid token.')
  if (name.includes('/')) {
    throw badRequest(`Invalid JSON pointer for this resource: '${path.slice(0, 64)}'`)
  }
  if (/~(?![01])/.test(name)) {
    throw badRequest(
      `Pointer \`${path.slice(0, 64)}\` contains "~" not part of a recognized escape sequence.`,
    )
  }
  return name.replaceAll('~1', '/').replaceAll('~0', '~')
}

/** What the operations make of an image; nothing is written. */
export const applyPatch = (
  row: ImageRow,
  operations: readonly Operation[],
  version: PatchVersion,
): Given => {
  const columns: Record<string, unknown> = {}
  const properties = propertiesOf(row)
  for (const { op, name, value } of operations) {
    if (name === 'id') throw new ImageError(403, "Attribute 'id' is read-only.")
    checkWritable(name)
    if (isAttribute(name)) {
      if (op === 'remove') throw new ImageError(403, `Property ${name} may not be removed.`)
      columns[name] = checkAttribute(name, value)
      continue
    }
    const there = Object.hasOwn(properties, name)
    if (op !== 'add' && !there) throw new ImageError(409, `Property ${name} does not exist.`)
    if (op === 'add' && there && version === '2.0') {
      throw new ImageError(409, `Property ${name} already present.`)
    }
    if (op === 'remove') delete properties[name]
    else define(properties, name, checkProperty(name, value))
  }
  checkPropertyCount(properties)
  return { columns, properties }
}
