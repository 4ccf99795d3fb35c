import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createComputeRouter, loadExtensions } from '../../controllers/router.js'
import { knownRoutes } from '../../controllers/routes.js'
import { standInServices } from '../../controllers/stand-in-services.js'
import { defaultConf } from '../../lib/conf/index.js'
import { silentLog } from '../../lib/log/index.js'
import type { KnownRoute, Overload, Validator } from '../../lib/wsgi/index.js'
import type { Furnished } from '../fuzz/furnish.js'
import { Random } from '../fuzz/random.js'
import { validValue } from '../fuzz/valid-values.js'

export const NEWEST = 104

/** A route of the API that is built, with the tables by which it is served. */
export interface Served extends KnownRoute {
  /** Last minor at which it is there. */
  readonly last: number
  /** @throws AssertionError where it is not there */
  readonly overload: (minor: number) => Overload
}

/** `POST /servers/:id/action lock` */
export const labelOf = ({ method, path, action }: KnownRoute): string =>
  `${method} ${path}${action === undefined ? '' : ` ${action}`}`

/** All but the version documents, which answer by themselves and at no version. */
export const builtRoutes = async (): Promise<readonly Served[]> => {
  const services = standInServices(await loadExtensions(), defaultConf({}))
  const router = createComputeRouter(services, silentLog)
  return knownRoutes.flatMap(route => {
    if (route.gone || /^\/?$|^\/versions/.test(route.path)) return []
    const one = router
      .find(route.method, route.path)
      .find(({ action, operation }) => (action ?? undefined) === route.action && operation.built)
    if (!one) return []
    const overload = (minor: number): Overload => {
      const found = one.operation.overloads[minor]
      assert.ok(found, `${labelOf(route)} is not served at 2.${minor}`)
      return found
    }
    return [{ ...route, last: route.max ?? NEWEST, overload }]
  })
}

/** A path with ids of nothing, or of what is there as far as something is. */
export const pathOf = ({ path }: KnownRoute, ids: Furnished['ids'] = {}): string => {
  const segments = path.split('/')
  return segments
    .map((segment, at) => {
      if (!segment.startsWith(':')) return segment
      const [known] = ids[segments[at - 1] ?? ''] ?? []
      return known ?? randomUUID()
    })
    .join('/')
}

/** A body that the schema lets pass; null: none. */
export const bodyOf = (
  { action }: KnownRoute,
  { schemas, body }: Overload,
  hints: Furnished['hints'],
): object | null => {
  const { body: schema } = schemas
  const bare = action === undefined ? {} : { [action]: null }
  if (!schema) return bare
  for (let seed = 0; seed < 200; seed++) {
    const value = validValue(schema, new Random(seed), hints)
    const isAction = action === undefined || Object.keys(value ?? {}).join() === action
    // What is neither cannot be sent as JSON by supertest.
    if (!isAction || typeof value !== 'object') continue
    if (!refuses(body, value)) return value
  }
  return bare
}

export const refuses = (validator: Validator | null, value: unknown): boolean => {
  try {
    validator?.(structuredClone(value))
    return false
  } catch {
    return true
  }
}
