import type { Endpoint } from './dispatcher.js'
import type { Operation } from './operation.js'

/** One line of the tables by which a router answers. */
export interface ServedRoute {
  readonly method: string
  /** `/servers/:id/action`; each is also there below `/:project_id`. */
  readonly path: string
  /** Key of the body, for `…/action`. */
  readonly action: string | null
  /** What controller extensions know the resource by; null: a placeholder's. */
  readonly resource: string | null
  /** Class of the resource's own controller; another may serve an action of it. */
  readonly controller: string | null
  /** The verb of the controller: `show`; an action's own name. */
  readonly name: string
  readonly operation: Operation
}

/** An endpoint at its place. */
export interface Place extends Pick<ServedRoute, 'method' | 'path' | 'resource' | 'controller'> {
  readonly name: string
  readonly endpoint: Endpoint
}

/** The lines of a place: one, or one an action; without those that are there at no version. */
export const servedRoutes = ({ endpoint, name, ...place }: Place): readonly ServedRoute[] =>
  (endpoint.kind === 'method'
    ? [{ ...place, name, action: null, operation: endpoint.operation }]
    : [...endpoint.actions].map(([action, operation]) => ({
        ...place,
        name: action,
        action,
        operation,
      }))
  ).filter(({ operation }) => operation.overloads.some(Boolean))
