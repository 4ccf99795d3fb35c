import { METHODS } from 'node:http'
import { messageOf } from '../../util/message-of.js'
import { buildApp } from '../build.js'
import { dispose } from '../dispose.js'
import { type LoadOptions, planFor, sessionOf } from '../load.js'
import type { FactoryPlan } from '../plan.js'
import type { Session } from '../session.js'
import { toGlobalConf, toLocalConf } from '../settings.js'
import type { AppRoute } from '../types.js'
import { growTree, type TreeNode } from './tree.js'
import { viewOf } from './view.js'

/** A place at which an application answers. */
export interface MountedApp {
  /** Of the mounts that lead there; another choice of a composite, by configuration, is in brackets. */
  readonly path: string
  /** Sections, without their kind. */
  readonly filters: readonly string[]
  readonly app: string
  /** Why the mount leads nowhere. */
  readonly problem?: string | undefined
  /** Why it could not be made, to be asked for its routes. */
  readonly unknown?: string | undefined
  /** Null where it cannot tell. */
  readonly routes: readonly AppRoute[] | null
}

export interface RoutesOptions extends LoadOptions {
  /** False: no application is made to be asked. */
  readonly make?: boolean | undefined
}

/**
 * Every application that a URI leads to, and their routes where they tell: by `routes` of the factory,
 * which is then not called; else the application is made, alone, and asked for its own `routes()`, or for
 * those of an Express application or router. What was made is closed again.
 *
 * @throws PasteError where the outermost section cannot be resolved
 */
export const listRoutes = async (
  uri: string,
  { make = true, ...options }: RoutesOptions = {},
): Promise<MountedApp[]> => {
  const made = new Set<unknown>()
  const session = sessionOf({ ...options, tracer: undefined }, { made: thing => made.add(thing) })
  const tree = await growTree(session, await planFor(session, 'app', uri, options))
  const known = new Map<unknown, Promise<Told>>()
  const found: MountedApp[] = []
  try {
    for (const { node, path, filters } of leaves(tree, '', [])) {
      const app = bare(viewOf(node).name)
      if (node.type !== 'factory') {
        const problem = node.type === 'broken' ? messageOf(node.error) : undefined
        found.push({ path, filters, app, routes: null, problem })
        continue
      }
      const key = node.plan.section?.section ?? node.plan
      const told = known.get(key) ?? routesOf(session, node.plan, make)
      known.set(key, told)
      found.push({ path, filters, app, ...(await told) })
    }
    return found
  } finally {
    for (const thing of made) await dispose(thing).catch(() => {})
  }
}

type Told = Pick<MountedApp, 'routes' | 'unknown'>

interface Leaf {
  readonly node: TreeNode
  readonly path: string
  readonly filters: readonly string[]
}

const bare = (name: string): string => name.slice(name.indexOf(':') + 1)

function* leaves(node: TreeNode, path: string, filters: readonly string[]): Generator<Leaf> {
  if (node.type === 'pipeline') {
    const inner = node.filters.map(one => bare(viewOf(one).name))
    yield* leaves(node.app, path, [...filters, ...inner])
  } else if (node.type === 'factory' && node.mounts.length) {
    for (const mount of node.mounts) {
      const key = mount.mount?.key ?? ''
      const isPath = /(^|\s)\//.test(key)
      yield* leaves(
        mount,
        isPath ? `${path.replace(/\/\+?$/, '')}${key}` : `${path} [${key}]`,
        filters,
      )
    }
  } else {
    yield { node, path: path || '/', filters }
  }
}

const routesOf = async (session: Session, plan: FactoryPlan, make: boolean): Promise<Told> => {
  try {
    const told: unknown =
      typeof plan.factory === 'function' ? Reflect.get(plan.factory, 'routes') : undefined
    if (typeof told === 'function') {
      const routes: unknown = await told(toGlobalConf(plan.globals), toLocalConf(plan.options))
      return { routes: routesIn(routes) }
    }
    return { routes: make ? routesOfApp(await buildApp(session, plan)) : null }
  } catch (error) {
    return { routes: null, unknown: messageOf(error) }
  }
}

const routesOfApp = (app: unknown): readonly AppRoute[] | null => {
  if (typeof app !== 'function') return null
  const own: unknown = Reflect.get(app, 'routes')
  if (typeof own === 'function') return routesIn(own.call(app))
  const router: unknown = Reflect.get(app, 'router') ?? app
  const stack = stackOf(router)
  return stack ? expressRoutes(stack, '') : null
}

/** A layer of Express's router, as far as it is the same in each of its versions. */
interface Layer {
  readonly route?: { readonly path: unknown; readonly methods: Readonly<Record<string, boolean>> }
  readonly handle?: unknown
}

const stackOf = (router: unknown): readonly Layer[] | null => {
  const stack: unknown = typeof router === 'function' ? Reflect.get(router, 'stack') : undefined
  return Array.isArray(stack) ? stack : null
}

/** Express keeps no path of a mount: what is below one is told behind dots. */
const expressRoutes = (stack: readonly Layer[], base: string): AppRoute[] =>
  stack.flatMap(({ route, handle }) => {
    if (!route) return expressRoutes(stackOf(handle) ?? [], `${base}…`)
    const named = Object.keys(route.methods).filter(method => route.methods[method])
    // `all` of an application is a route of every method that there is
    const methods = named.length > METHODS.length / 2 ? ['any'] : named
    const paths: readonly unknown[] = Array.isArray(route.path) ? route.path : [route.path]
    return paths.flatMap(path =>
      methods.map(method => ({
        method: method === '_all' ? 'ANY' : method.toUpperCase(),
        path: `${base}${path}`,
      })),
    )
  })

const routesIn = (given: unknown): readonly AppRoute[] | null =>
  Array.isArray(given)
    ? given.flatMap(one =>
        typeof one?.method === 'string' && typeof one.path === 'string'
          ? [{ method: one.method, path: one.path }]
          : [],
      )
    : null
