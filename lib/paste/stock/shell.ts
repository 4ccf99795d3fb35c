import { createServer, type Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import express, { type Request, type Response } from 'express'
import type { App } from '../types.js'
import { plainError } from './plain-error.js'

/**
 * An HTTP server of an app, not listening yet, with an answer for what the app passes on and for what it
 * fails with.
 *
 * Requests and answers are Express's (`res.send`, `req.query`, `res.locals`, …) by birth: their classes
 * inherit what an Express application would lay over each one, so no application and no router stands
 * between Node and the app. `npm run bench -- --only paste` tells what that spares.
 */
export const serverOf = (
  app: App,
  report: (error: unknown) => void = console.error,
): HttpServer => {
  const shell = express()
  shell.disable('x-powered-by')
  shell.disable('etag')
  // own classes, for the prototypes know the application that they belong to
  class ShellRequest extends IncomingMessage {}
  class ShellResponse extends ServerResponse {}
  Object.setPrototypeOf(ShellRequest.prototype, shell.request)
  Object.setPrototypeOf(ShellResponse.prototype, shell.response)

  const answerInstead = (error: unknown, req: Request, res: Response): void => {
    const passedOn = !error || error === 'route' || error === 'router'
    if (!passedOn) report(error)
    if (res.headersSent) {
      if (!res.writableEnded) res.destroy()
    } else if (passedOn) {
      plainError(req, res, 404, 'The resource could not be found.')
    } else {
      plainError(req, res, statusOf(error), 'The request could not be served.')
    }
  }
  return createServer(
    { IncomingMessage: ShellRequest, ServerResponse: ShellResponse },
    (message, response) => {
      const req = message as Request
      const res = response as Response
      const next = (error?: unknown): void => answerInstead(error, req, res)
      // what an application and its router would set
      req.res = res
      req.next = next
      req.baseUrl = ''
      req.originalUrl = req.url
      req.params = {}
      res.locals = Object.create(null)
      try {
        const result: unknown = app(req, res, next)
        if (result instanceof Promise) result.catch(next)
      } catch (error) {
        next(error)
      }
    },
  )
}

/** Middleware of npm tells its refusals by `status`. */
const statusOf = (error: unknown): number => {
  const status = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : 500
  return Number.isInteger(status) && status >= 400 && status <= 599 ? status : 500
}
