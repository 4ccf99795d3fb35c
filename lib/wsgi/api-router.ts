import type { Request } from 'express'
import { readController } from './controller-table.js'
import { Dispatcher, type Endpoint, type WsgiLog } from './dispatcher.js'
import { errors, Fault } from './fault.js'
import { pathOf } from './media-type.js'
import { computeVersions, VersionNegotiator, type VersionRange } from './microversion.js'
import type { Operation, Overload } from './operation.js'
import { PlainError, sendPlainError } from './plain-error.js'
import type { App } from './request.js'
import { Resource } from './resource.js'
import {
  type ControllerClass,
  type Extension,
  type ResourceExtension,
  type RouteEntry,
  resourceKey,
} from './resource-definition.js'
import { Router } from './router.js'
import { Validation } from './validation.js'

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

export interface ApiRouterOptions<Services> {
  /** What every controller is constructed with. */
  readonly services: Services
  readonly coreResources: readonly ResourceExtension<Services>[]
  /** In the order in which they apply: ExtensionManager's. */
  readonly extensions?: readonly Extension<Services>[]
  readonly log: WsgiLog
  readonly versions?: VersionRange
  /** The project that a request's token is for, or null. */
  readonly projectIdOf?: (req: Request) => string | null
  /** Those that nothing serves answer 501, or 410 when they are gone. */
  readonly knownRoutes?: readonly KnownRoute[]
}

export interface ApiRouter {
  readonly app: App
  /** Asked of the router that serves, so that it cannot lie. */
  status(route: KnownRoute): RouteStatus
}

/** What a project's id in a URL looks like. */
const PROJECT_ID = /[0-9a-f-]+/

/**
 * Puts an API together: core routes, resources of extensions, controller extensions, then
 * placeholders for what is not built. Everything is decided here; a request is matched and run.
 *
 * @throws TypeError or Error when declarations clash; naming both
 */
export const createApiRouter = <Services>(options: ApiRouterOptions<Services>): ApiRouter => {
  const { services, coreResources, extensions = [], log, knownRoutes = [] } = options
  const negotiator = new VersionNegotiator(options.versions ?? computeVersions)
  const validation = new Validation()
  const read = (controller: ControllerClass<Services>) =>
    readController(new controller(services), negotiator, validation)

  const resources = new Map<
    string,
    { resource: Resource; definition: ResourceExtension<Services> }
  >()
  for (const definition of [...coreResources, ...extensions.flatMap(one => one.resources ?? [])]) {
    const key = resourceKey(definition)
    const before = resources.get(key)?.definition.controller.name
    if (before) {
      throw new Error(
        `two controllers serve the collection '${key}': ${before} and ${definition.controller.name}`,
      )
    }
    resources.set(key, { resource: new Resource(read(definition.controller)), definition })
  }
  for (const { alias, controllerExtensions = {} } of extensions) {
    for (const [key, controller] of Object.entries(controllerExtensions)) {
      const targets = [...resources]
        .filter(([own, { definition }]) => own === key || definition.inherits === key)
        .map(([, { resource }]) => resource)
      if (targets.length === 0) {
        log.warn(
          { alias, collection: key, known: [...resources.keys()] },
          `extension ${alias} extends '${key}', which no resource is named: passed over`,
        )
      }
      for (const resource of targets) resource.extend(read(controller))
    }
  }

  const router = new Router<Endpoint>({ project_id: PROJECT_ID })
  const add = (method: string, path: string, endpoint: Endpoint): boolean =>
    router.add(method, `{/:project_id}${path}`, endpoint)
  for (const { resource, definition } of resources.values()) {
    const { methods, actions } = resource.finish()
    const endpoints = new Map<string, Endpoint>(
      [...methods].map(([name, operation]) => [name, { kind: 'method', operation }]),
    )
    for (const [method, path, name] of routesOf(definition)) {
      const endpoint =
        name === 'action' && actions.size
          ? { kind: 'actions' as const, actions }
          : endpoints.get(name)
      if (!endpoint) {
        if (definition.routes?.some(one => one[2] === name) && name !== 'action') {
          log.warn(
            { method, path },
            `${definition.controller.name} has no method '${name}', which the route ${method} ${path} names: it will answer 404`,
          )
        }
      } else if (!add(method, path, endpoint)) {
        throw new Error(
          `${method} ${path} is served twice: again by ${definition.controller.name}.${name}`,
        )
      }
    }
  }
  addPlaceholders(knownRoutes, negotiator, router, add)

  const dispatcher = new Dispatcher({
    negotiator,
    log,
    projectIdOf: options.projectIdOf ?? (() => null),
  })
  const app: App = (req, res, next) => {
    const path = pathOf(req.url)
    if (path === '') {
      res.statusCode = 302
      res.setHeader('location', `${req.baseUrl ?? ''}/${req.url}`)
      res.setHeader('content-length', 0)
      res.end()
      return
    }
    const match = router.match(req.method, path)
    if (!match) {
      sendPlainError(req, res, new PlainError(404))
      return
    }
    dispatcher.serve(req, res, match.target, match.params).catch(next)
  }
  return { app, status: route => statusOf(route, negotiator, router) }
}

/** The routes that a definition asks for; those whose method its controller lacks are not made. */
const routesOf = <Services>(definition: ResourceExtension<Services>): readonly RouteEntry[] => {
  const { collection, parent, collectionActions = {}, memberActions = {}, routes = [] } = definition
  if (definition.standardRoutes === false) return routes
  const above = parent ? `/${parent.collectionName}/:${parent.memberName}_id` : ''
  const path = `${above}/${collection}`
  const all: RouteEntry[] = [
    ...Object.entries(collectionActions).map(
      ([name, method]): RouteEntry => [method, `${path}/${name}`, name],
    ),
    ...Object.entries(memberActions).map(
      ([name, method]): RouteEntry => [method, `${path}/:id/${name}`, name],
    ),
    ['GET', path, 'index'],
    ['POST', path, 'create'],
    ['GET', `${path}/new`, 'new'],
    ['GET', `${path}/:id/edit`, 'edit'],
    ['GET', `${path}/:id`, 'show'],
    ['PUT', `${path}/:id`, 'update'],
    ['DELETE', `${path}/:id`, 'delete'],
  ]
  if (memberActions.action === undefined) all.push(['POST', `${path}/:id/action`, 'action'])
  return [...routes, ...all.filter(one => !routes.some(route => sameRoute(route, one)))]
}

const sameRoute = (a: RouteEntry, b: RouteEntry): boolean => a[0] === b[0] && a[1] === b[1]

const lookup = (router: Router<Endpoint>, route: KnownRoute): Operation | null => {
  const endpoint = router.lookup(route.method, route.path)
  if (!endpoint) return null
  if (endpoint.kind === 'method') return endpoint.operation
  return endpoint.actions.get(route.action ?? '') ?? null
}

const addPlaceholders = (
  routes: readonly KnownRoute[],
  negotiator: VersionNegotiator,
  router: Router<Endpoint>,
  add: (method: string, path: string, endpoint: Endpoint) => boolean,
): void => {
  for (const route of routes) {
    if (lookup(router, route)) continue
    const operation = placeholder(route, negotiator)
    if (route.action === undefined) {
      add(route.method, route.path, { kind: 'method', operation })
      continue
    }
    const endpoint = router.lookup(route.method, route.path)
    if (endpoint?.kind === 'actions') {
      ;(endpoint.actions as Map<string, Operation>).set(route.action, operation)
    } else {
      const actions = new Map([[route.action, operation]])
      add(route.method, route.path, { kind: 'actions', actions })
    }
  }
}

/** Answers that it is not built, or gone, in the versions in which the reference serves the route. */
const placeholder = (route: KnownRoute, { min, max }: VersionNegotiator): Operation => {
  const name = `${route.method} ${route.path}${route.action === undefined ? '' : ` (${route.action})`}`
  const overload: Overload = {
    label: name,
    handler: () => {
      throw route.gone ? errors.gone() : Fault.of(501, `${name} is not implemented yet`)
    },
    code: 200,
    expected: null,
    body: null,
    query: null,
    extenders: [],
  }
  const overloads: Overload[] = []
  const first = Math.max(min, route.min)
  for (let minor = first; minor <= Math.min(max, route.max ?? max); minor++) {
    overloads[minor] = overload
  }
  if (first === min) overloads[0] = overload
  return { built: false, overloads }
}

const statusOf = (
  route: KnownRoute,
  { min, max }: VersionNegotiator,
  router: Router<Endpoint>,
): RouteStatus => {
  const operation = lookup(router, route)
  if (!operation?.built) return route.gone ? 'gone' : 'not yet'
  for (let minor = Math.max(min, route.min); minor <= Math.min(max, route.max ?? max); minor++) {
    if (!operation.overloads[minor]) return 'partly'
  }
  return 'done'
}
