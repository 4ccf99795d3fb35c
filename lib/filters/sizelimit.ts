import type { FilterFactory } from '../paste/types.js'
import { runtimeOf } from '../runtime/index.js'
import { PlainError } from '../wsgi/index.js'
import { wholeNumber } from './options.js'

/**
 * Refuses bodies that are too large: at once by their Content-Length, else where they are read
 * (`req.maxBodyBytes`).
 *
 *     [filter:sizelimit]
 *     paste.filter_factory = kilonova/filters/sizelimit:factory
 *     # bytes; [oslo_middleware] max_request_body_size of nova.conf when absent
 *     max_request_body_size = 114688
 */
export const factory: FilterFactory = (globalConf, localConf) => {
  const key = 'max_request_body_size'
  const limit = wholeNumber(localConf, key, runtimeOf(globalConf).conf.oslo_middleware[key])

  return app =>
    function sizelimit(req, res, next) {
      const announced = req.headers['content-length']
      if (announced !== undefined && Number(announced) > limit) {
        next(new PlainError(413, 'Request is too large.'))
        return
      }
      req.maxBodyBytes = limit
      app(req, res, next)
    }
}
