import { visibilities } from './attributes.js'
import { badRequest } from './errors.js'
import type { ImageRow } from './store.js'
import { type ImageDoc, imageView } from './view.js'

/** The query of a list of images, checked. */
export interface ImageQuery {
  readonly matches: (doc: ImageDoc) => boolean
  readonly sort: readonly { readonly key: string; readonly descending: boolean }[]
  readonly limit: number
  readonly marker: string | null
  /** null: all */
  readonly visibility: string | null
  readonly memberStatus: string
  readonly hidden: boolean
}

type Test = (doc: ImageDoc) => boolean

const sortKeys = new Set([
  'name',
  'status',
  'container_format',
  'disk_format',
  'size',
  'id',
  'created_at',
  'updated_at',
])
const reserved = new Set([
  'limit',
  'marker',
  'sort',
  'sort_key',
  'sort_dir',
  'visibility',
  'member_status',
  'os_hidden',
  'tag',
  'size_min',
  'size_max',
])

/** Attributes that may be asked for as `in:a,b`. */
const listable = new Set(['id', 'name', 'status', 'container_format', 'disk_format'])

const DEFAULT_LIMIT = 25
const MAX_LIMIT = 1000

export const readImageQuery = (values: ReadonlyMap<string, readonly string[]>): ImageQuery => {
  const first = (name: string): string | undefined => values.get(name)?.[0]
  const visibility = first('visibility') ?? null
  if (visibility !== null && visibility !== 'all' && !visibilities.includes(visibility)) {
    throw badRequest(`Invalid visibility value: ${visibility.slice(0, 64)}`)
  }
  const memberStatus = first('member_status') ?? 'accepted'
  if (!['pending', 'accepted', 'rejected', 'all'].includes(memberStatus)) {
    throw badRequest(`Invalid status: ${memberStatus.slice(0, 64)}`)
  }
  const tests = [...values].flatMap(([name, wanted]) =>
    reserved.has(name) ? [] : [testOf(name, wanted[0] ?? '')],
  )
  for (const tag of values.get('tag') ?? []) {
    tests.push(doc => Array.isArray(doc.tags) && doc.tags.includes(tag))
  }
  const min = sizeOf('size_min', first('size_min'))
  const max = sizeOf('size_max', first('size_max'))
  if (min !== null) tests.push(doc => typeof doc.size === 'number' && doc.size >= min)
  if (max !== null) tests.push(doc => typeof doc.size === 'number' && doc.size <= max)

  return {
    matches: doc => tests.every(test => test(doc)),
    sort: readSort(values),
    limit: readLimit(first('limit')),
    marker: first('marker') ?? null,
    visibility: visibility === 'all' ? null : visibility,
    memberStatus,
    hidden: boolOf('os_hidden', first('os_hidden') ?? 'false'),
  }
}

const testOf = (name: string, wanted: string): Test => {
  if (name === 'protected') {
    const flag = boolOf(name, wanted)
    return doc => doc.protected === flag
  }
  if (name === 'created_at' || name === 'updated_at') return timeTest(name, wanted)
  if (listable.has(name) && wanted.startsWith('in:')) {
    const items = splitList(wanted.slice(3))
    return doc => items.includes(String(doc[name]))
  }
  // Numbers and texts alike; an extra property that an image lacks is no match.
  return doc => doc[name] !== null && doc[name] !== undefined && String(doc[name]) === wanted
}

/** `a,"b,c"` → a and `b,c` */
const splitList = (text: string): string[] => {
  if (!/^(?:"[^"]*"|[^",]*)(?:,(?:"[^"]*"|[^",]*))*$/.test(text)) {
    throw badRequest(`Invalid filter value ${text.slice(0, 64)}. The quote is not closed.`)
  }
  return [...text.matchAll(/"([^"]*)"|([^",]+)/g)].map(match => match[1] ?? match[2] ?? '')
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  eq: (a, b) => a === b,
  neq: (a, b) => a !== b,
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
}

const timeTest = (name: string, wanted: string): Test => {
  const [, op = 'eq', text = ''] = /^(?:([a-z]+):)?(.*)$/s.exec(wanted) ?? []
  const compare = Object.hasOwn(comparisons, op) ? comparisons[op] : undefined
  // A time without a zone is UTC.
  const time = Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`)
  if (!compare || Number.isNaN(time)) {
    throw badRequest(`Unable to filter by time: '${wanted.slice(0, 64)}'.`)
  }
  return doc => compare(Date.parse(String(doc[name])), time)
}

const boolOf = (name: string, text: string): boolean => {
  if (/^(true|1)$/i.test(text)) return true
  if (/^(false|0)$/i.test(text)) return false
  throw badRequest(`Invalid value '${text.slice(0, 64)}' for '${name}': it must be true or false`)
}

const sizeOf = (name: string, text: string | undefined): number | null => {
  if (text === undefined) return null
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw badRequest(`Invalid value '${text.slice(0, 64)}' for '${name}': it must be a whole number`)
}

const readLimit = (text: string | undefined): number => {
  if (text === undefined) return DEFAULT_LIMIT
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), MAX_LIMIT)
  throw badRequest(
    /^-\d+$/.test(text) ? 'limit param must be positive' : 'limit param must be an integer',
  )
}

const readSort = (values: ReadonlyMap<string, readonly string[]>): ImageQuery['sort'] => {
  const classic = values.get('sort_key')
  const dirs = values.get('sort_dir') ?? []
  const modern = values.get('sort')?.[0]
  if (modern !== undefined && (classic || dirs.length)) {
    throw badRequest('Old and new sorting syntax cannot be combined')
  }
  const pairs =
    modern === undefined
      ? (classic ?? ['created_at']).map((key, i) => [key, dirs[i] ?? dirs[0] ?? 'desc'])
      : modern.split(',').map(part => {
          const [key = '', dir = 'desc'] = part.trim().split(':')
          return [key, dir]
        })
  return pairs.map(([key = '', dir = 'desc']) => {
    if (!sortKeys.has(key)) {
      throw badRequest(
        `Invalid sort key: ${key.slice(0, 64)}. It must be one of the following: ${[...sortKeys].join(', ')}.`,
      )
    }
    if (dir !== 'asc' && dir !== 'desc') {
      throw badRequest(
        `Invalid sort direction: ${dir.slice(0, 64)}. It must be one of the following: asc, desc.`,
      )
    }
    return { key, descending: dir === 'desc' }
  })
}

export interface ImagePage {
  readonly docs: readonly ImageDoc[]
  /** marker of the next page */
  readonly next: string | null
}

export const pageOfImages = (rows: readonly ImageRow[], query: ImageQuery): ImagePage => {
  const order = new Map(rows.map(row => [row.id, row.seq]))
  const docs = rows
    .map(imageView)
    .filter(query.matches)
    .toSorted((a, b) => compareImages(a, b, query.sort, order))
  let start = 0
  if (query.marker !== null) {
    const at = docs.findIndex(doc => doc.id === query.marker)
    if (at < 0) throw badRequest('Invalid marker: the image could not be found.')
    start = at + 1
  }
  const page = docs.slice(start, start + query.limit)
  const more = query.limit > 0 && start + query.limit < docs.length
  return { docs: page, next: more ? String(page.at(-1)?.id) : null }
}

const compareImages = (
  a: ImageDoc,
  b: ImageDoc,
  sort: ImageQuery['sort'],
  order: ReadonlyMap<string, number>,
): number => {
  for (const { key, descending } of sort) {
    const [x, y] = [a[key] ?? '', b[key] ?? '']
    const less = typeof x === 'number' && typeof y === 'number' ? x < y : String(x) < String(y)
    if (String(x) !== String(y)) return (less ? -1 : 1) * (descending ? -1 : 1)
  }
  // Made within one second: newest first, as the default order has it.
  const newer = (order.get(String(b.id)) ?? 0) - (order.get(String(a.id)) ?? 0)
  return sort[0]?.descending === false ? -newer : newer
}
