import type { TestUser } from '../../lib/testing/index.js'
import type { Overload, ServedRoute, Validator } from '../../lib/wsgi/index.js'
import { type Broken, brokenValue } from './broken-values.js'
import type { Furnished } from './furnish.js'
import type { Random } from './random.js'
import { validValue } from './valid-values.js'

/** A request, and what its answer has to be. */
export interface FuzzRequest {
  readonly method: string
  /** With its query, from the root of the server. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON; null: none. */
  readonly body: string | null
  /** What serves it. */
  readonly label: string
  /** Present when its schema refuses it: where, and so what the answer must name. */
  readonly broken?: Broken
  /** Present when it is no request of the API at all: what that is answered by. */
  readonly status?: number
}

/** A route at the versions at which one method serves it. */
export interface Target {
  readonly route: ServedRoute
  readonly overload: Overload
  /** 0: /v2 */
  readonly minors: readonly number[]
}

/** All that answers by itself: what is not built, or gone, is left out. */
export const targetsOf = (routes: readonly ServedRoute[]): readonly Target[] =>
  routes.flatMap(route => {
    if (!route.operation.built) return []
    const minors = new Map<Overload, number[]>()
    route.operation.overloads.forEach((overload, minor) => {
      if (overload) minors.set(overload, [...(minors.get(overload) ?? []), minor])
    })
    return [...minors].map(([overload, list]) => ({ route, overload, minors: list }))
  })

const users: readonly TestUser[] = [
  'admin',
  'admin',
  'admin',
  'member',
  'member',
  'reader',
  'other',
]
const strangeIds = [
  'x',
  '0',
  '-1',
  '99999999999999999999',
  '%00',
  '%',
  'a%2Fb',
  'ä'.repeat(90),
  '..',
]
/** Of a query's, characters: a server of HTTP reads 16 KiB of headers. */
const LONGEST_VALUE = 260
const strangers = '11111111-2222-4333-8444-555555555555'

/** One in so many requests is broken in its query or its body. */
const BROKEN = 0.5

/** One in so many requests is spoiled as a whole. */
const SPOILED = 0.04

type Spoil = (request: FuzzRequest) => FuzzRequest

const withHeader =
  (name: string, value: string, status: number): Spoil =>
  request => ({ ...request, headers: { ...request.headers, [name]: value }, status })

/** What is wrong before any schema is asked; under /v2 no version is. */
const spoils: readonly Spoil[] = [
  withHeader('x-auth-token', 'nobody', 401),
  withHeader('openstack-api-version', 'compute two.one', 400),
  withHeader('openstack-api-version', 'compute 2.999', 406),
  withHeader('content-type', 'text/xml', 415),
  ...['{', '{"a":}', '\uFEFF{', `${'['.repeat(50_000)}`, '{"a":1}{'].map(
    (body): Spoil =>
      request => ({ ...request, body, status: 400 }),
  ),
]

const spoiled = (request: FuzzRequest, random: Random): FuzzRequest => {
  const spoil = random.pick(spoils)
  const { broken: _, ...asked } = spoil(request)
  const isLegacy = request.path.startsWith('/v2/')
  const isRead = request.body === null
  const counts =
    asked.body === request.body ? !(isLegacy && [400, 406].includes(asked.status ?? 0)) : !isRead
  return counts ? asked : request
}

export const requestOf = (target: Target, cloud: Furnished, random: Random): FuzzRequest => {
  const request = formedRequest(target, cloud, random)
  // The version documents are for everybody, and read nothing.
  const { path } = target.route
  const isOpen = path === '/' || path.startsWith('/versions')
  return !isOpen && random.chance(SPOILED) ? spoiled(request, random) : request
}

const formedRequest = (
  { route, overload, minors }: Target,
  { api, ids, hints }: Furnished,
  random: Random,
): FuzzRequest => {
  const minor = random.chance(0.5)
    ? random.pick([minors[0] ?? 1, minors.at(-1) ?? 1])
    : random.pick(minors)
  const user = random.pick(users)
  const root = minor === 0 ? '/v2' : '/v2.1'
  let path = `${root}${pathOf(route.path, ids, random)}`
  let broken: Broken | undefined

  const { query: querySchema, body: bodySchema } = overload.schemas
  const breaks = random.chance(BROKEN)
  const breaksQuery = breaks && querySchema !== null && (bodySchema === null || random.chance(0.2))
  if (querySchema) {
    let value = passing(overload.query, () => validValue(querySchema, random, hints)) ?? {}
    if (breaksQuery) {
      const one = brokenValue(querySchema, value, random)
      const texts = one && asQuery(one.value, LONGEST_VALUE)
      if (one && texts) {
        value = texts
        if (refuses(overload.query, texts)) broken = one
      }
    }
    path += queryText(asQuery(value, LONGEST_VALUE) ?? {})
  }
  let body: unknown = null
  const sendsBody = route.method === 'POST' || route.method === 'PUT'
  if (bodySchema && sendsBody) {
    const { action } = route
    body = passing(overload.body, () => validValue(bodySchema, random, hints))
    if (body === undefined || (action !== null && body === null)) body = { [action ?? 'x']: null }
    if (action !== null && Object.keys(body as object).length !== 1) {
      body = { [action]: (body as Record<string, unknown>)[action] ?? null }
    }
    if (breaks && !breaksQuery && !broken) {
      // The one key of an action tells which it is.
      const one = brokenValue(bodySchema, body, random, keys => action === null || keys.length > 0)
      if (one) {
        body = one.value
        if (refuses(overload.body, one.value)) broken = one
      }
    }
  } else if (sendsBody) {
    body = route.action === null ? {} : { [route.action]: null }
  }
  return {
    method: route.method,
    path,
    headers: minor === 0 ? api.as(user) : api.as(user, `2.${minor}`),
    body: body === null ? null : JSON.stringify(body),
    label: `${route.method} ${route.path}${route.action === null ? '' : ` ${route.action}`} at 2.${minor}`,
    ...(broken ? { broken } : {}),
  }
}

const pathOf = (path: string, ids: Furnished['ids'], random: Random): string => {
  const segments = path.split('/')
  return segments
    .map((segment, at) => {
      if (!segment.startsWith(':')) return segment
      if (random.chance(0.05)) return encodeURI(random.pick(strangeIds)).replaceAll('%25', '%')
      const known = ids[segments[at - 1] ?? '']
      return known && random.chance(0.9) ? random.pick(known) : strangers
    })
    .join('/')
}

/** Rules that speak of several fields are kept by luck: some tries. */
const passing = (validator: Validator | null, make: () => unknown): unknown => {
  for (let tries = 0; tries < 8; tries++) {
    const value = make()
    if (!refuses(validator, value)) return value
  }
  return undefined
}

const refuses = (validator: Validator | null, value: unknown): boolean => {
  try {
    // A validator may change what it is given, and sees what JSON makes of it.
    validator?.(JSON.parse(JSON.stringify(value)))
    return false
  } catch {
    return true
  }
}

/** @returns null for what no query string can say */
const asQuery = (value: unknown, longest: number): Record<string, string[]> | null => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const query: Record<string, string[]> = Object.create(null)
  for (const [key, values] of Object.entries(value)) {
    const list = Array.isArray(values) ? values : [values]
    if (list.some(one => typeof one === 'object')) return null
    if (list.length) query[key] = list.map(one => String(one).slice(0, longest))
  }
  return query
}

const queryText = (query: Readonly<Record<string, readonly string[]>>): string => {
  const pairs = Object.entries(query).flatMap(([key, values]) =>
    values.map(value => `${quoted(key)}=${quoted(value)}`),
  )
  return pairs.length ? `?${pairs.join('&')}` : ''
}

const quoted = (text: string): string => encodeURIComponent(text.toWellFormed())
