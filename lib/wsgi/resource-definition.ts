/** The word that an HTTP method is. */
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH'

/** Made once, with the services of the API. Its methods are named by routes or carry decorators. */
export type ControllerClass<Services> = new (services: Services) => object

/** `['GET', '/servers/:id/topology', 'topology']`: verb, path, method of the controller. */
export type RouteEntry = readonly [method: Method, path: string, action: string]

/**
 * A resource and its routes: of the core or of an extension. For collection `c` these exist, as far as the
 * controller has the method: `GET /c` index, `POST /c` create, `GET /c/new` new, `GET /c/{id}` show,
 * `GET /c/{id}/edit` edit, `PUT /c/{id}` update, `DELETE /c/{id}` delete; and `POST /c/{id}/action` when it, or
 * an extension of it, has actions. Each also stands below `/{project_id}`.
 */
export interface ResourceExtension<Services> {
  readonly collection: string
  readonly controller: ControllerClass<Services>
  /** Further controllers of the same resource, for their `@action` methods. */
  readonly actions?: readonly ControllerClass<Services>[]
  /** Singular; the parameter of resources below this one is `<memberName>_id`. */
  readonly memberName?: string
  /** `{ memberName: 'server', collectionName: 'servers' }`: stands below `/servers/{server_id}`. */
  readonly parent?: { readonly memberName: string; readonly collectionName: string }
  /** `{ detail: 'GET' }`: `GET /c/detail`. */
  readonly collectionActions?: Readonly<Record<string, Method>>
  /** `{ uptime: 'GET' }`: `GET /c/{id}/uptime`. */
  readonly memberActions?: Readonly<Record<string, Method>>
  /** Any further ones, from the root of the API. */
  readonly routes?: readonly RouteEntry[]
  /** False: only `routes`. */
  readonly standardRoutes?: boolean
  /** Key of another resource whose controller extensions apply here too. */
  readonly inherits?: string
  /** False: of these only what runs around its methods, no further actions. */
  readonly inheritsActions?: boolean
}

/** The name under which controller extensions find a resource: `servers`, `servers/ips`. */
export const resourceKey = (resource: {
  readonly collection: string
  readonly parent?: { readonly collectionName: string }
}): string =>
  resource.parent ? `${resource.parent.collectionName}/${resource.collection}` : resource.collection

/** What a module of an extensions folder exports under the name `extension`. */
export interface Extension<Services = never> {
  /** Unique; extensions are ordered by it. */
  readonly alias: string
  /** For people; the alias when absent. */
  readonly name?: string
  readonly description: string
  /** False: a list of extensions for clients does not name it. */
  readonly listed?: boolean
  readonly resources?: readonly ResourceExtension<Services>[]
  /** Key of a resource → the controller whose `@action` and `@extends_` methods are added to it. */
  readonly controllerExtensions?: Readonly<Record<string, ControllerClass<Services>>>
}
