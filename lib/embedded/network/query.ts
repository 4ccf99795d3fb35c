import type { Request } from 'express'
import { queryValues } from '../support/request.js'
import { badRequest } from './errors.js'
import type { ResourceDef } from './resource.js'
import type { Doc, StoredDoc, Where } from './store.js'

/** The query of a list, checked. */
export interface ListQuery {
  /** what the columns can answer */
  readonly where: Where
  readonly matches: (doc: Doc) => boolean
  readonly fields: ReadonlySet<string> | null
  readonly sort: readonly { readonly key: string; readonly descending: boolean }[]
  /** 0: no limit */
  readonly limit: number
  readonly marker: string | null
  readonly reverse: boolean
  /** values of one filter, by name */
  readonly values: ReadonlyMap<string, readonly string[]>
}

const reserved = new Set(['fields', 'sort_key', 'sort_dir', 'limit', 'marker', 'page_reverse'])
const tagFilters = new Set(['tags', 'tags-any', 'not-tags', 'not-tags-any'])

/** Filters that compare something else than an attribute. */
const extraFilters: Readonly<Record<string, ReadonlySet<string>>> = {
  port: new Set(['ip_allocation']),
}

export const readFields = (req: Request): ReadonlySet<string> | null => {
  const fields = (queryValues(req).get('fields') ?? []).filter(field => field !== '')
  return fields.length ? new Set(fields) : null
}

/** @param parentKey  the attribute that the store's parent column holds */
export const readQuery = (def: ResourceDef, req: Request, parentKey: string): ListQuery => {
  const values = queryValues(req)
  const filters = [...values].filter(([name]) => !reserved.has(name))
  const unknown = filters
    .map(([name]) => name)
    .filter(
      name =>
        !Object.hasOwn(def.attributes, name) &&
        !(tagFilters.has(name) && def.attributes.tags) &&
        !extraFilters[def.kind]?.has(name),
    )
  if (unknown.length) {
    throw badRequest(
      `[${unknown.map(name => `'${name}'`).join(', ')}] is invalid attribute for filtering`,
    )
  }

  const sortKeys = values.get('sort_key') ?? []
  const badKey = sortKeys.find(key => !Object.hasOwn(def.attributes, key))
  if (badKey !== undefined) {
    throw badRequest(`[${`'${badKey}'`}] is invalid attribute for sort_keys`)
  }
  const dirs = values.get('sort_dir') ?? []
  const badDir = dirs.find(dir => dir !== 'asc' && dir !== 'desc')
  if (badDir !== undefined) {
    throw badRequest("The sort_dirs is invalid, sort_dir must be 'asc' or 'desc'")
  }
  const limit = values.get('limit')?.[0] ?? '0'
  if (!/^\d{1,9}$/.test(limit)) {
    throw badRequest(`Limit must be an integer 0 or greater and not '${limit.slice(0, 64)}'`)
  }

  return {
    where: {
      ...(values.has('id') ? { ids: values.get('id') } : {}),
      ...(values.has('name') && def.attributes.name ? { names: values.get('name') } : {}),
      ...(values.has(parentKey) ? { parents: values.get(parentKey) } : {}),
      ...(values.has('device_id') ? { devices: values.get('device_id') } : {}),
      // '' also finds what has none
      ...(def.attributes.device_owner && values.get('device_owner')?.every(Boolean)
        ? { owners: values.get('device_owner') }
        : {}),
      ...(values.has('tenant_id') || values.has('project_id')
        ? { projects: values.get('tenant_id') ?? values.get('project_id') }
        : {}),
    },
    matches: matcher(filters),
    fields: readFields(req),
    sort: sortKeys.map((key, index) => ({ key, descending: dirs[index] === 'desc' })),
    limit: Number(limit),
    marker: values.get('marker')?.[0] ?? null,
    reverse: /^true$/i.test(values.get('page_reverse')?.[0] ?? ''),
    values,
  }
}

/** One of the values is enough, but for tags, which have words of their own. */
const matcher = (
  filters: readonly (readonly [string, readonly string[]])[],
): ((doc: Doc) => boolean) => {
  const tests = filters.map(([name, wanted]) => {
    if (tagFilters.has(name)) return (doc: Doc) => tagsFit(doc, name, wanted)
    // Ports are asked for by the hundred; most values are plain texts.
    const texts = new Set(wanted)
    return (doc: Doc) => {
      const actual = doc[name]
      return typeof actual === 'string'
        ? texts.has(actual)
        : wanted.some(value => equals(actual, value))
    }
  })
  return doc => tests.every(test => test(doc))
}

const equals = (actual: unknown, wanted: string): boolean => {
  if (typeof actual === 'boolean') return /^(true|1)$/i.test(wanted) === actual
  if (Array.isArray(actual)) return actual.some(item => itemEquals(item, wanted))
  if (actual === null || actual === undefined) return wanted === '' || wanted === 'None'
  return String(actual) === wanted
}

/** `fixed_ips=ip_address=10.0.0.5`; an item that is a text is compared as a whole. */
const itemEquals = (item: unknown, wanted: string): boolean => {
  if (typeof item !== 'object' || item === null) return String(item) === wanted
  const [key = '', ...rest] = wanted.split('=')
  return Object.hasOwn(item, key) && String(Reflect.get(item, key)) === rest.join('=')
}

const tagsFit = (doc: Doc, name: string, wanted: readonly string[]): boolean => {
  const tags = Array.isArray(doc.tags) ? doc.tags : []
  const asked = wanted.flatMap(value => value.split(','))
  const has = (tag: string): boolean => tags.includes(tag)
  switch (name) {
    case 'tags':
      return asked.every(has)
    case 'tags-any':
      return asked.some(has)
    case 'not-tags':
      return !asked.every(has)
    default:
      return !asked.some(has)
  }
}

export interface Page {
  readonly docs: readonly StoredDoc[]
  /** markers of the pages before and behind, when there are such */
  readonly next: string | null
  readonly previous: string | null
}

/** Sorts, and cuts out the page that is asked for. @throws when the marker is unknown */
export const pageOf = (docs: readonly StoredDoc[], query: ListQuery): Page => {
  const sorted = query.sort.length ? docs.toSorted((a, b) => compare(a, b, query.sort)) : [...docs]
  let from = 0
  if (query.marker !== null) {
    const at = sorted.findIndex(doc => doc.id === query.marker)
    if (at < 0) throw badRequest(`The marker '${query.marker.slice(0, 64)}' could not be found.`)
    from = query.reverse ? at : at + 1
  }
  if (!query.limit) return { docs: sorted.slice(from), next: null, previous: null }
  const start = query.reverse ? Math.max(0, from - query.limit) : from
  const end = query.reverse ? from : from + query.limit
  const page = sorted.slice(start, end)
  return {
    docs: page,
    next: end < sorted.length ? (page.at(-1)?.id ?? null) : null,
    previous: start > 0 ? (page[0]?.id ?? null) : null,
  }
}

const compare = (a: Doc, b: Doc, sort: ListQuery['sort']): number => {
  for (const { key, descending } of sort) {
    const [x, y] = [JSON.stringify(a[key]) ?? '', JSON.stringify(b[key]) ?? '']
    if (x !== y) return (x < y ? -1 : 1) * (descending ? -1 : 1)
  }
  return 0
}
