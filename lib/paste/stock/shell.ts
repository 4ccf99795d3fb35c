import {
  createServer,
  type Server as HttpServer,
  IncomingMessage,
  type RequestListener,
  ServerResponse,
} from 'node:http'
import express, { type Request, type Response } from 'express'
import type { App } from '../types.js'
import { plainError } from './plain-error.js'

/** What a server needs to serve an app: options for `createServer`, and its listener. */
export interface Shell {
  readonly classes: {
    readonly IncomingMessage: typeof IncomingMessage
    readonly ServerResponse: typeof ServerResponse<IncomingMessage>
  }
  /** Serves requests and answers of these classes only. */
  readonly listener: RequestListener
}

/**
 * Puts an app behind a server. Requests and answers are Express's (`res.send`, `req.query`, `res.locals`, …)
 * by birth: their classes inherit what an Express application would lay over each one, so no application and
 * no router stands between Node and the app. `npm run bench -- --only paste` tells what that spares.
 *
 * @param answerInstead  for what the app passes on, and for what it fails with
 */
export const shellOf = (
  app: App,
  answerInstead: (error: unknown, req: Request, res: Response) => void,
): Shell => {
  const shell = express()
  shell.disable('x-powered-by')
  shell.disable('etag')
  // own classes, for the prototypes know the application that they belong to
  class ShellRequest extends IncomingMessage {}
  class ShellResponse extends ServerResponse {}
  Object.setPrototypeOf(ShellRequest.prototype, shell.request)
  Object.setPrototypeOf(ShellResponse.prototype, shell.response)

  const listener: RequestListener = (message, response) => {
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
  }
  return { classes: { IncomingMessage: ShellRequest, ServerResponse: ShellResponse }, listener }
}

/** Whether `next` was called with nothing that went wrong: the app has no answer. */
export const isPassedOn = (error: unknown): boolean =>
  !error || error === 'route' || error === 'router'

/**
 * An HTTP server of an app, not listening yet, with an answer for what the app passes on and for what it
 * fails with.
 */
export const serverOf = (
  app: App,
  report: (error: unknown) => void = console.error,
): HttpServer => {
  const { classes, listener } = shellOf(app, (error, req, res) => {
    const passedOn = isPassedOn(error)
    if (!passedOn) report(error)
    if (res.headersSent) {
      if (!res.writableEnded) res.destroy()
    } else if (passedOn) {
      plainError(req, res, 404, 'The resource could not be found.')
    } else {
      plainError(req, res, statusOf(error), 'The request could not be served.')
    }
  })
  return createServer(classes, listener)
}

/** Middleware of npm tells its refusals by `status`. */
const statusOf = (error: unknown): number => {
  const status = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : 500
  return Number.isInteger(status) && status >= 400 && status <= 599 ? status : 500
}
