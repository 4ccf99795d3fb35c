import { createServer } from 'node:http'
import express from 'express'
import request from 'supertest'
import { RequestContext } from '../../lib/context/index.js'
import {
  type ApiRouter,
  type ApiRouterOptions,
  createApiRouter,
  sendError,
  type WsgiLog,
} from '../../lib/wsgi/index.js'

/** What was logged, oldest first. */
export interface LogLine {
  readonly level: 'warn' | 'error'
  readonly fields: Record<string, unknown>
  readonly text: string
}

export const recordingLog = (): WsgiLog & { readonly lines: LogLine[] } => {
  const lines: LogLine[] = []
  const at = (level: LogLine['level']) => (fields: object, text: string) => {
    lines.push({ level, fields: { ...fields }, text })
  }
  return { lines, warn: at('warn'), error: at('error') }
}

/** An API behind Express and the error answers of faultwrap; no port is bound until a request is made. */
export const serveApi = <Services>(
  options: Omit<ApiRouterOptions<Services>, 'log'> & {
    log?: WsgiLog
    legacy?: boolean
    context?: RequestContext
  },
): { client: ReturnType<typeof request>; router: ApiRouter } => {
  const router = createApiRouter({ log: recordingLog(), ...options })
  const app = express()
  app.disable('x-powered-by')
  app.use((req, res) => {
    if (options.legacy) req.isLegacyV2 = true
    req.context = options.context ?? anyone()
    router.app(req, res, error => sendError(req, res, error))
  })
  return { client: request(createServer(app)), router }
}

/** A member of project `abc1`, whom every policy lets pass. */
export const anyone = (): RequestContext =>
  new RequestContext(
    { userId: 'u1', projectId: 'abc1', isAdmin: false },
    { policy: { authorize: () => true, forbidden: rule => new Error(rule) } },
  )
