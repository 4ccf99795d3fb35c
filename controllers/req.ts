import type { RequestContext } from '../lib/context/index.js'
import type { ApiRequest, QueryValues, RouteParams } from '../lib/wsgi/index.js'

/** What the handlers of the compute API are called with. */
export interface Req<Body = unknown, Params extends RouteParams = RouteParams, Query = QueryValues>
  extends ApiRequest<Body, Params, Query> {
  /** Who asks; made by keystonecontext or noauth2. */
  context: RequestContext
}
