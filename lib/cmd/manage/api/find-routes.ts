import { nearest } from '../../../util/nearest.js'
import type { ServedRoute } from '../../../wsgi/index.js'
import { CommandError } from '../session.js'
import { braced } from './describe-route.js'
import type { ApiTables } from './tables.js'

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']

/**
 * The routes that `--why` means: `GET /servers/{id}`, `/servers/detail` (every method),
 * `POST /servers/{id}/action pause`, `pause` (an action wherever it is). Paths may be those of a
 * request, with `/v2.1` and a query.
 *
 * @throws CommandError when there is none, with what was probably meant
 */
export const findRoutes = ({ router }: ApiTables, why: string): readonly ServedRoute[] => {
  const words = why.trim().split(/\s+/)
  const method = /^[A-Za-z]+$/.test(words[0] ?? '') && words.length > 1 ? words.shift() : undefined
  const [place = '', action] = words
  if (!place.startsWith('/')) return byAction(router.routes, place)
  const path = apiPath(place)
  const verbs = method === undefined ? METHODS : [method.toUpperCase()]
  const found = verbs.flatMap(verb => router.find(verb, path))
  if (found.length === 0) throw nothingAt(router.routes, method?.toUpperCase(), path)
  return action === undefined ? found : byAction(found, action)
}

const apiPath = (place: string): string =>
  place
    .replace(/[?#].*$/, '')
    .replace(/^\/v2(?:\.1)?(?=\/|$)/, '')
    // A name in braces stands for any value; a project's must look like one.
    .replace(/^\/\{(?:project|tenant)_id\}(?=\/.)/, '') || '/'

const byAction = (routes: readonly ServedRoute[], action: string): readonly ServedRoute[] => {
  const found = routes.filter(route => route.action === action)
  if (found.length) return found
  const known = new Set(routes.flatMap(route => route.action ?? []))
  throw new CommandError(`no action is called '${action}'. ${hint(action, [...known])}`.trim())
}

const nothingAt = (
  routes: readonly ServedRoute[],
  method: string | undefined,
  path: string,
): CommandError => {
  const paths = new Set(routes.map(route => braced(route.path)))
  const others = routes.filter(route => braced(route.path) === path).map(route => route.method)
  const what = `nothing answers ${method ? `${method} ` : ''}${path}`
  return new CommandError(
    others.length
      ? `${what}; there is ${[...new Set(others)].join(', ')}`
      : `${what}. ${hint(path, [...paths])}`.trim(),
  )
}

const hint = (name: string, known: readonly string[]): string => {
  const meant = nearest(name, known)
  return meant === undefined ? '' : `Did you mean '${meant}'?`
}
