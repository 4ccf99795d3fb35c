import type { Request } from 'express'
import { placed } from '../util/source-places.js'
import { type ControllerTable, readController } from './controller-table.js'
import { Dispatcher, type Endpoint, type WsgiLog } from './dispatcher.js'
import { pathOf } from './media-type.js'
import { computeVersions, VersionNegotiator, type VersionRange } from './microversion.js'
import { whoServes } from './operation.js'
import {
  addAction,
  addPlaceholders,
  type KnownRoute,
  nowhere,
  type RouteStatus,
  statusOf,
} from './placeholders.js'
import { PlainError, sendPlainError } from './plain-error.js'
import type { App } from './request.js'
import { Resource } from './resource.js'
import {
  type ControllerClass,
  type Extension,
  type ResourceExtension,
  resourceKey,
} from './resource-definition.js'
import { collectionPath, routesOf } from './resource-routes.js'
import { Router } from './router.js'
import { type Place, type ServedRoute, servedRoutes } from './served-route.js'
import { Validation } from './validation.js'

export interface ApiRouterOptions<Services> {
  /** What every controller is constructed with. */
  readonly services: Services
  readonly coreResources: readonly ResourceExtension<Services>[]
  /** In the order in which they apply: ExtensionManager's. */
  readonly extensions?: readonly Extension<Services>[]
  /** Extensions that are switched off: what they alone would serve answers 404. */
  readonly disabled?: readonly Extension<Services>[]
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
  /** Everything that answers, in order of path, verb and action; placeholders too. */
  readonly routes: readonly ServedRoute[]
  /**
   * What a request would reach: one line, or all actions of the path.
   *
   * @param path  of a request, or with its parameters as they are written: `/servers/{id}`
   */
  find(method: string, path: string): readonly ServedRoute[]
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
  const { services, coreResources, log, knownRoutes = [] } = options
  const { extensions = [], disabled = [] } = options
  const negotiator = new VersionNegotiator(options.versions ?? computeVersions)
  const validation = new Validation()
  const read = (controller: ControllerClass<Services>, alias: string | null) =>
    readController(new controller(services), negotiator, validation, alias)

  const resources = new Map<
    string,
    { resource: Resource; definition: ResourceExtension<Services> }
  >()
  const definitions = [
    ...coreResources.map(definition => ({ alias: null, definition })),
    ...extensions.flatMap(({ alias, resources = [] }) =>
      resources.map(definition => ({ alias, definition })),
    ),
  ]
  for (const { alias, definition } of definitions) {
    const key = resourceKey(definition)
    const before = resources.get(key)?.definition.controller
    if (before) {
      const both = [before, definition.controller]
        .map(type => placed(type.name, type))
        .join(' and ')
      throw new Error(`two controllers serve the collection '${key}': ${both}`)
    }
    const resource = new Resource(read(definition.controller, alias))
    for (const further of definition.actions ?? []) resource.extend(read(further, alias))
    resources.set(key, { resource, definition })
  }
  for (const { alias, controllerExtensions = {} } of extensions) {
    for (const [key, controller] of Object.entries(controllerExtensions)) {
      const targets = [...resources]
        .filter(([own, { definition }]) => own === key || definition.inherits === key)
        .map(([own, { resource, definition }]) => ({
          resource,
          hasActions: own === key || definition.inheritsActions !== false,
        }))
      if (targets.length === 0) {
        log.warn(
          { alias, collection: key, known: [...resources.keys()] },
          `extension ${alias} extends '${key}', which no resource is named: passed over`,
        )
      }
      for (const { resource, hasActions } of targets) {
        const table = read(controller, alias)
        resource.extend(hasActions ? table : { ...table, actions: new Map() })
      }
    }
  }

  const router = new Router<Endpoint>({ project_id: PROJECT_ID })
  const places: Place[] = []
  const nobody = { resource: null, controller: null, name: '' }
  const add = (method: string, path: string, endpoint: Endpoint, owner: Owner = nobody) => {
    const added = router.add(method, patternOf(path), endpoint)
    if (added) places.push({ method, path, endpoint, ...owner })
    return added
  }
  for (const [key, { resource, definition }] of resources) {
    const { methods, actions } = resource.finish()
    const endpoints = new Map<string, Endpoint>(
      [...methods].map(([name, operation]) => [name, { kind: 'method', operation }]),
    )
    const controller = definition.controller.name
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
      } else if (!add(method, path, endpoint, { resource: key, controller, name })) {
        const both = [router.lookup(method, patternOf(path)), endpoint].map(one => whoIs(one))
        throw new Error(`${method} ${path} is served twice: by ${both.join(' and ')}`)
      }
    }
  }
  const declared = (controller: ControllerClass<Services>) =>
    readController(controller.prototype, negotiator, validation)
  const off = routesSwitchedOff(
    disabled,
    definitions.map(({ definition }) => definition),
    declared,
  )
  for (const { path, action } of off.actions) addAction(router, add, path, action, nowhere)
  addPlaceholders(knownRoutes, negotiator, router, off.methods, add)

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
    req.routeTemplate = match.pattern.slice(PROJECT.length)
    dispatcher.serve(req, res, match.target, match.params).catch(next)
  }
  const routes = places.flatMap(servedRoutes).sort(byPath)
  return {
    app,
    status: route => statusOf(route, negotiator, router),
    routes,
    find: (method, path) => {
      const match = router.match(method, path)
      const place = places.find(
        one => one.endpoint === match?.target && patternOf(one.path) === match.pattern,
      )
      return place ? servedRoutes(place) : []
    },
  }
}

const whoIs = (endpoint: Endpoint | null): string => {
  const operation =
    endpoint?.kind === 'actions' ? [...endpoint.actions.values()][0] : endpoint?.operation
  return operation ? whoServes(operation) : 'nothing'
}

type Owner = Pick<Place, 'resource' | 'controller' | 'name'>

/** Every path may have the project in front. */
const PROJECT = '{/:project_id}'

const patternOf = (path: string): string => `${PROJECT}${path}`

const byPath = (a: ServedRoute, b: ServedRoute): number =>
  compare(a.path, b.path) || compare(a.method, b.method) || compare(a.action ?? '', b.action ?? '')

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * What extensions would serve if they were not switched off. Their controllers are not constructed:
 * whoever switches one off does not want it to run.
 */
const routesSwitchedOff = <Services>(
  disabled: readonly Extension<Services>[],
  present: readonly ResourceExtension<Services>[],
  declared: (controller: ControllerClass<Services>) => ControllerTable,
): {
  readonly methods: Router<Endpoint>
  readonly actions: readonly { readonly path: string; readonly action: string }[]
} => {
  const methods = new Router<Endpoint>({ project_id: PROJECT_ID })
  const actions: { path: string; action: string }[] = []
  const own = disabled.flatMap(({ resources = [] }) => resources)
  const addActions = (definition: ResourceExtension<Services>, table: ControllerTable) => {
    const path = `${collectionPath(definition)}/:id/action`
    for (const action of table.actions.keys()) actions.push({ path, action })
  }
  for (const definition of own) {
    const table = declared(definition.controller)
    for (const [method, path, name] of routesOf(definition)) {
      const operation = table.methods.get(name)
      if (operation) methods.add(method, patternOf(path), { kind: 'method', operation })
    }
    addActions(definition, table)
    for (const further of definition.actions ?? []) addActions(definition, declared(further))
  }
  for (const { controllerExtensions = {} } of disabled) {
    for (const [key, controller] of Object.entries(controllerExtensions)) {
      const table = declared(controller)
      for (const definition of [...present, ...own]) {
        const inherits = definition.inherits === key && definition.inheritsActions !== false
        if (resourceKey(definition) === key || inherits) {
          addActions(definition, table)
        }
      }
    }
  }
  return { methods, actions }
}
