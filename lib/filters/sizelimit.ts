import { type Filter, filterFactory } from '../paste/index.js'
import { runtimeOf } from '../runtime/index.js'
import { PlainError } from '../wsgi/index.js'
import { osloOptions } from './accepted.js'

/**
 * Refuses bodies that are too large: at once by their Content-Length, else where they are read
 * (`req.maxBodyBytes`).
 *
 *     [filter:sizelimit]
 *     paste.filter_factory = kilonova/filters/sizelimit:factory
 *     # bytes; [oslo_middleware] max_request_body_size of nova.conf when absent
 *     max_request_body_size = 114688
 */
export const factory = filterFactory(
  {
    name: 'sizelimit',
    doc: 'Refuses bodies that are too large.',
    options: {
      max_request_body_size: { type: 'int', min: 0, doc: 'bytes' },
      ...osloOptions,
    },
    order: { provides: ['body-limit'], once: true },
  },
  (globalConf, { max_request_body_size }) =>
    sizelimit(
      max_request_body_size ?? runtimeOf(globalConf).conf.oslo_middleware.max_request_body_size,
    ),
)

/** @param limit  bytes */
export const sizelimit =
  (limit: number): Filter =>
  app =>
    function sizelimit(req, res, next) {
      const announced = req.headers['content-length']
      if (announced !== undefined && Number(announced) > limit) {
        next(new PlainError(413, 'Request is too large.'))
        return
      }
      req.maxBodyBytes = limit
      app(req, res, next)
    }
