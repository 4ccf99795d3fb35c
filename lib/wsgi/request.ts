import type { NextFunction, Request, Response } from 'express'
import type { Microversion } from './microversion.js'

declare global {
  namespace Express {
    interface Request {
      /** Set by the filter legacy_v2_compatible: the request came by /v2. */
      isLegacyV2?: boolean
      /** Most bytes that a body may have; set by the filter sizelimit. */
      maxBodyBytes?: number
      /** As the route that serves it was written; set once it is found. */
      routeTemplate?: string
      /** Media type of the answer, when the URL map has chosen it. */
      responseType?: string
    }
  }
}

/** What stands behind a route: Express's handler. */
export type App = (req: Request, res: Response, next: NextFunction) => void

/**
 * Parameters of a route. `id` is the member's; others are named by the route. A handler reads only
 * those of its own route, so these names are not optional here.
 */
export interface RouteParams {
  readonly id: string
  readonly project_id?: string
  readonly [name: string]: string | undefined
}

/** Query string after validation: of a key that repeats, the last value. */
export type QueryValues = Readonly<Record<string, string | undefined>>

/**
 * What a handler is called with: Express's request, after its body and query were checked.
 *
 * @typeParam Body  as its schema lets it pass; null when the request had none
 */
export interface ApiRequest<
  Body = unknown,
  Params extends RouteParams = RouteParams,
  Query = QueryValues,
> extends Request<Params, unknown, Body, Query> {
  /** Every value of each key. */
  readonly queryAll: Readonly<Record<string, readonly string[] | undefined>>
  readonly version: Microversion
  /**
   * What the handler found and answers with (an instance, a list of flavors): the third argument
   * of the methods that extend it. Set by the handler.
   */
  subject?: unknown
}
