import type { ResourceExtension, RouteEntry } from './resource-definition.js'

/** The path of a resource's collection: `/servers/:server_id/tags`. */
export const collectionPath = <Services>({
  collection,
  parent,
}: ResourceExtension<Services>): string =>
  `${parent ? `/${parent.collectionName}/:${parent.memberName}_id` : ''}/${collection}`

/** The routes that a definition asks for; those whose method its controller lacks are not made. */
export const routesOf = <Services>(
  definition: ResourceExtension<Services>,
): readonly RouteEntry[] => {
  const { collectionActions = {}, memberActions = {}, routes = [] } = definition
  if (definition.standardRoutes === false) return routes
  const path = collectionPath(definition)
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
