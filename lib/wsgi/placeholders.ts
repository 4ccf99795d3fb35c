import type { Endpoint } from './dispatcher.js'
import { errors, Fault } from './fault.js'
import type { VersionNegotiator } from './microversion.js'
import type { Operation, Overload } from './operation.js'
import type { Router } from './router.js'

/** A route of the API that this program should have: built or not. */
export interface KnownRoute {
  readonly method: string
  /** `/servers/:id/action` */
  readonly path: string
  /** Key of the body, for `…/action`. */
  readonly action?: string | undefined
  /** Minor versions, both included; without a last one it is still there. */
  readonly min: number
  readonly max?: number | undefined
  /** The reference answers 410 and nothing else. */
  readonly gone?: boolean | undefined
}

/** `partly`: some versions are not served. */
export type RouteStatus = 'done' | 'partly' | 'not yet' | 'gone'

/** @returns false when the route is taken already */
export type AddRoute = (method: string, path: string, endpoint: Endpoint) => boolean

/** What serves a route of the API; null: nothing does. */
export const operationAt = (router: Router<Endpoint>, route: KnownRoute): Operation | null => {
  const endpoint = router.lookup(route.method, route.path)
  if (!endpoint) return null
  if (endpoint.kind === 'method') return endpoint.operation
  return endpoint.actions.get(route.action ?? '') ?? null
}

/** An answer for each known route that nothing serves, but for the methods that are `off`. */
export const addPlaceholders = (
  routes: readonly KnownRoute[],
  negotiator: VersionNegotiator,
  router: Router<Endpoint>,
  off: Router<Endpoint>,
  add: AddRoute,
): void => {
  for (const route of routes) {
    if (operationAt(router, route) || operationAt(off, route)) continue
    const operation = placeholder(route, negotiator)
    if (route.action !== undefined) addAction(router, add, route.path, route.action, operation)
    else add(route.method, route.path, { kind: 'method', operation })
  }
}

/** An action that is not there at any version: 404, where an unknown one is a 400. */
export const nowhere: Operation = { built: false, overloads: [] }

/** Adds an action to a path, unless it has one of this name. */
export const addAction = (
  router: Router<Endpoint>,
  add: AddRoute,
  path: string,
  name: string,
  operation: Operation,
): void => {
  const endpoint = router.lookup('POST', path)
  if (endpoint?.kind === 'actions') {
    const actions = endpoint.actions as Map<string, Operation>
    if (!actions.has(name)) actions.set(name, operation)
  } else {
    add('POST', path, { kind: 'actions', actions: new Map([[name, operation]]) })
  }
}

/** Answers that it is not built, or gone, in the versions in which the reference serves the route. */
const placeholder = (route: KnownRoute, { min, max }: VersionNegotiator): Operation => {
  const name = `${route.method} ${route.path}${route.action === undefined ? '' : ` (${route.action})`}`
  const overload: Overload = {
    label: name,
    source: { alias: null, method: null },
    handler: () => {
      throw route.gone ? errors.gone() : Fault.of(501, `${name} is not implemented yet`)
    },
    code: 200,
    expected: null,
    body: null,
    query: null,
    schemas: { body: null, query: null },
    extenders: [],
  }
  const overloads: Overload[] = []
  const first = Math.max(min, route.min)
  for (let minor = first; minor <= Math.min(max, route.max ?? max); minor++) {
    overloads[minor] = overload
  }
  if (first === min) overloads[0] = overload
  return { built: false, gone: route.gone === true, overloads }
}

export const statusOf = (
  route: KnownRoute,
  { min, max }: VersionNegotiator,
  router: Router<Endpoint>,
): RouteStatus => {
  const operation = operationAt(router, route)
  if (!operation?.built) return route.gone ? 'gone' : 'not yet'
  for (let minor = Math.max(min, route.min); minor <= Math.min(max, route.max ?? max); minor++) {
    if (!operation.overloads[minor]) return 'partly'
  }
  return 'done'
}
