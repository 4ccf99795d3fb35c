import { randomUUID } from 'node:crypto'
import { withLogContext } from '../log/index.js'
import { type Filter, filterFactory } from '../paste/index.js'
import './request.js'

const form = /^req-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * Names every request: `req-<uuid4>`, in `req.requestId`, in both headers of the answer and in each
 * line logged meanwhile. An id of that form which the client sent is kept as the global one.
 *
 *     [filter:compute_req_id]
 *     paste.filter_factory = kilonova/filters/compute-req-id:factory
 */
export const factory = filterFactory(
  {
    name: 'compute_req_id',
    doc: 'Gives every request its id.',
    options: {},
    // what faultwrap logs carries the id
    order: { provides: ['request-id'], before: ['faults', 'context', 'access-log'], once: true },
  },
  () => computeReqId,
)

const computeReqId: Filter = app =>
  function computeReqId(req, res, next) {
    const requestId = `req-${randomUUID()}`
    const sent = req.headers['x-openstack-request-id']
    const globalRequestId = typeof sent === 'string' && form.test(sent) ? sent : null
    req.requestId = requestId
    req.globalRequestId = globalRequestId
    res.setHeader('x-openstack-request-id', requestId)
    res.setHeader('x-compute-request-id', requestId)
    withLogContext({ request_id: requestId, global_request_id: globalRequestId }, () =>
      app(req, res, next),
    )
  }
