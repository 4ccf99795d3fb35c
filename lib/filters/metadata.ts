import type { AppFactory } from '../paste/types.js'
import { runtimeOf } from '../runtime/index.js'
import { Fault, sendError } from '../wsgi/index.js'

/**
 * Where nova's file has its metadata service, which is not built yet: answers 501 to everything, and
 * says so in the log at start.
 */
export const factory: AppFactory = globalConf => {
  runtimeOf(globalConf).log.warn({}, 'the metadata service is not built yet; it answers 501')
  return function metadata(req, res) {
    sendError(req, res, Fault.of(501, 'The metadata service is not built yet.'))
  }
}
