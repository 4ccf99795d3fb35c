import { shown, sourcePlaces } from '../../../util/source-places.js'
import { computeVersions, minorOf, type ServedRoute } from '../../../wsgi/index.js'
import { CommandError, type ManageSession } from '../session.js'
import { plainTable } from '../table.js'
import { braced, describeRoute, methodsOf, type RouteDescription } from './describe-route.js'
import { findRoutes } from './find-routes.js'
import { routesTable, routeText } from './route-text.js'
import { type ApiTables, loadTables } from './tables.js'

export interface ListOptions {
  readonly why?: string
  readonly json?: boolean
}

const newest = minorOf(computeVersions.max)

const tablesOf = (session: ManageSession): Promise<ApiTables> =>
  loadTables(session.conf, text => session.print(`warning: ${text}`))

const described = (routes: readonly ServedRoute[]): readonly RouteDescription[] => {
  const places = sourcePlaces(methodsOf(routes))
  return routes.map(route => describeRoute(route, places, newest))
}

const print = (
  session: ManageSession,
  routes: readonly RouteDescription[],
  { why, json }: ListOptions,
): number => {
  session.print(
    json
      ? JSON.stringify(routes, null, 2)
      : why === undefined
        ? routesTable(routes)
        : routes.map(routeText).join('\n\n'),
  )
  return 0
}

/** Everything that answers, one line each; with `--why` all about some. */
export const listRoutes = async (session: ManageSession, options: ListOptions): Promise<number> => {
  const tables = await tablesOf(session)
  const routes = options.why === undefined ? tables.router.routes : findRoutes(tables, options.why)
  return print(session, described(routes), options)
}

/** The actions alone. */
export const listActions = async (
  session: ManageSession,
  options: ListOptions,
): Promise<number> => {
  const tables = await tablesOf(session)
  const routes = options.why === undefined ? tables.router.routes : findRoutes(tables, options.why)
  const actions = routes.filter(({ action }) => action !== null)
  if (actions.length === 0) throw new CommandError(`${options.why} has no actions`)
  return print(session, described(actions), options)
}

/** What an extension did to the API. */
interface ExtensionDescription {
  readonly alias: string
  readonly name: string
  readonly description: string
  readonly file: string | null
  readonly enabled: boolean
  /** `GET /os-keypairs` */
  readonly routes: readonly string[]
  /** `servers: pause` */
  readonly actions: readonly string[]
  /** Routes around which a method of it runs. */
  readonly extends: readonly string[]
}

/** What is loaded, and what each of them serves and extends; with `--why` those that take part there. */
export const listExtensions = async (
  session: ManageSession,
  { why, json }: ListOptions,
): Promise<number> => {
  const tables = await tablesOf(session)
  const { extensions, router } = tables
  const all = [
    ...extensions.extensions.map(extension => ({ extension, enabled: true })),
    ...extensions.disabled.map(extension => ({ extension, enabled: false })),
  ].map(({ extension, enabled }): ExtensionDescription => {
    const file = extensions.fileOf(extension.alias)
    return {
      alias: extension.alias,
      name: extension.name ?? extension.alias,
      description: extension.description,
      file: file && shown(file),
      enabled,
      ...contribution(extension.alias, router.routes),
    }
  })
  const meant = why === undefined ? all : all.filter(takingPart(tables, why))
  if (json) {
    session.print(JSON.stringify(meant, null, 2))
    return 0
  }
  session.print(
    plainTable(
      ['ALIAS', 'STATE', 'ROUTES', 'ACTIONS', 'EXTENDS', 'FILE'],
      meant.map(one => [
        one.alias,
        one.enabled ? 'on' : 'off',
        String(one.routes.length),
        one.actions.join(' ') || '-',
        one.extends.join(', ') || '-',
        one.file ?? '',
      ]),
    ),
  )
  return 0
}

const contribution = (
  alias: string,
  routes: readonly ServedRoute[],
): Pick<ExtensionDescription, 'routes' | 'actions' | 'extends'> => {
  const parts = { routes: [] as string[], actions: [] as string[], extends: [] as string[] }
  for (const { method, path, action, operation } of routes) {
    const overloads = operation.overloads.flatMap(overload => overload ?? [])
    if (overloads.some(({ source }) => source.alias === alias)) {
      if (action === null) parts.routes.push(`${method} ${braced(path)}`)
      else parts.actions.push(action)
    }
    if (overloads.some(one => one.extenders.some(({ source }) => source.alias === alias))) {
      parts.extends.push(`${method} ${braced(path)}${action === null ? '' : ` ${action}`}`)
    }
  }
  return parts
}

const takingPart = (tables: ApiTables, why: string) => {
  const aliases = new Set<string | null>()
  if (tables.extensions.fileOf(why) !== null) aliases.add(why)
  else {
    for (const { operation } of findRoutes(tables, why)) {
      for (const overload of operation.overloads.flatMap(one => one ?? [])) {
        for (const { source } of [overload, ...overload.extenders]) aliases.add(source.alias)
      }
    }
  }
  return ({ alias }: ExtensionDescription): boolean => aliases.has(alias)
}
