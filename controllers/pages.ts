import { errors, parseTime, type QueryValues } from '../lib/wsgi/index.js'
import type { Link, LinkBase } from './resource-links.js'

/** How a list was cut. */
export interface Page {
  /** What the request said, cut to the cap; the cap when it said nothing. */
  readonly limit: number
  /** Id of the last item of the page before. */
  readonly marker: string | null
}

interface Queried {
  readonly query: QueryValues
  readonly queryAll: Readonly<Record<string, readonly string[] | undefined>>
}

/**
 * `limit` and `marker`, which their schema has checked.
 *
 * @param maxLimit  `[api] max_limit`
 */
export const pageOf = ({ query }: Queried, maxLimit: number): Page => ({
  limit: Math.min(Number(query.limit ?? maxLimit), maxLimit),
  marker: query.marker ?? null,
})

/**
 * The link to the next page: there is one when this page is full (and not empty).
 *
 * @param path  of the list below the API's root
 * @param ids   of the items on this page
 */
export const nextLinks = (
  { queryAll }: Queried,
  base: LinkBase,
  path: string,
  page: Page,
  ids: readonly string[],
): Link[] => {
  const last = ids.at(-1)
  if (last === undefined || ids.length < page.limit) return []
  const query = new URLSearchParams()
  for (const [key, values] of Object.entries(queryAll)) {
    if (key !== 'marker') for (const value of values ?? []) query.append(key, value)
  }
  query.append('marker', last)
  query.sort()
  return [{ rel: 'next', href: `${base.versioned}/${path}?${query}` }]
}

/**
 * `changes-since` and `changes-before` as filters.
 *
 * @throws Fault 400 for what is no time, and when the times are in the wrong order
 */
export const changesBetween = (query: QueryValues): Readonly<Record<string, Date>> => {
  const from = timeOf(query, 'changes-since')
  const to = timeOf(query, 'changes-before')
  if (from && to && from > to) {
    throw errors.badRequest(
      'The value of changes-since must be less than or equal to changes-before.',
    )
  }
  return {
    ...(from ? { 'changes-since': from } : {}),
    ...(to ? { 'changes-before': to } : {}),
  }
}

// A schema has checked it, but in versions that do not know the key.
const timeOf = (query: QueryValues, key: string): Date | null => {
  const text = query[key]
  if (text === undefined) return null
  const time = parseTime(text)
  if (!time) throw errors.badRequest(`invalid ${key} value: '${text}'`)
  return time
}
