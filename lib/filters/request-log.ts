import { type Log, partOf } from '../log/index.js'
import { type Filter, filterFactory } from '../paste/index.js'
import { runtimeOf } from '../runtime/index.js'
import { logFieldsOf } from './log-fields.js'
import { remoteAddress } from './request.js'

/**
 * One INFO line a request, once it is answered or its client gone:
 *
 *     10.0.0.1 "GET /v2.1/servers?limit=1" status: 200 len: 1583 microversion: 2.79 time: 0.012034
 *
 *     [filter:request_log]
 *     paste.filter_factory = kilonova/filters/request-log:factory
 */
export const factory = filterFactory(
  {
    name: 'request_log',
    doc: 'One line a request.',
    options: {},
    // behind one of these it would not see what that one refuses
    order: { provides: ['access-log'], before: ['body-limit', 'identity', 'context'], once: true },
  },
  globalConf => requestLog(partOf(runtimeOf(globalConf).log, 'nova.api.openstack.requestlog')),
)

export const requestLog =
  (log: Log, now: () => number = () => performance.now()): Filter =>
  app =>
    function requestLog(req, res, next) {
      const start = now()
      const { method, originalUrl } = req
      const address = remoteAddress(req) ?? '-'
      res.once('close', () => {
        const seconds = ((now() - start) / 1000).toFixed(6)
        const length = res.getHeader('content-length') ?? '-'
        const version = res.getHeader('x-openstack-nova-api-version') ?? '-'
        log.info(
          logFieldsOf(req),
          `${address} "${method} ${originalUrl}" status: ${res.statusCode} len: ${length} microversion: ${version} time: ${seconds}`,
        )
      })
      app(req, res, next)
    }
