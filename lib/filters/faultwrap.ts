import type { NextFunction, Request, Response } from 'express'
import { NovaException } from '../exception/index.js'
import type { Log } from '../log/index.js'
import { type Filter, filterFactory } from '../paste/index.js'
import { runtimeOf } from '../runtime/index.js'
import { messageOf } from '../util/message-of.js'
import { Fault, PlainError, sendError } from '../wsgi/index.js'

/**
 * Turns whatever escapes from further in into a fault document. What a client may read is a Fault, a
 * PlainError, or an exception marked safe; of any other it is told the class, and the log the rest.
 *
 *     [filter:faultwrap]
 *     paste.filter_factory = kilonova/filters/faultwrap:factory
 */
export const factory = filterFactory(
  {
    name: 'faultwrap',
    doc: 'Makes a fault document of every error from further in.',
    options: {},
    order: { provides: ['faults'], before: ['body-limit', 'identity', 'context'], once: true },
  },
  globalConf => faultwrap(runtimeOf(globalConf).log),
)

export const faultwrap =
  (log: Log): Filter =>
  app =>
    function faultwrap(req: Request, res: Response, next: NextFunction): void {
      const caught = (error?: unknown): void => {
        // 'router' and 'route' are Express's words for "not here"
        if (error === undefined || error === null || error === 'router' || error === 'route') {
          next(error ?? undefined)
          return
        }
        if (isSurprise(error)) {
          const { method, originalUrl, requestId } = req
          const fields = { err: error, method, url: originalUrl, request_id: requestId }
          log.error(fields, `Caught error: ${messageOf(error)}`)
        }
        sendError(req, res, error)
      }
      try {
        app(req, res, caught)
      } catch (error) {
        caught(error)
      }
    }

/** Whether somebody should look into it. */
const isSurprise = (error: unknown): boolean => {
  if (error instanceof PlainError) return false
  if (error instanceof Fault) return error.code >= 500 && error.code !== 501 && error.code !== 503
  return !(error instanceof NovaException && error.safe && error.code < 500)
}
