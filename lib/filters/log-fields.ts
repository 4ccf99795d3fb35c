import type { Request } from 'express'
import { callerFields, type LogContext, withLogContext } from '../log/index.js'
import './request.js'

const serverInPath =
  /\/servers\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?=[/?]|$)/i

/** What the lines of a request tell: its ids, who asks, and the server that its path names. */
export const logFieldsOf = (req: Request): LogContext => {
  const uuid = serverInPath.exec(req.originalUrl ?? req.url ?? '')?.[1]
  return {
    ...(req.context ? callerFields(req.context) : idsOf(req)),
    ...(uuid ? { instance_uuid: uuid } : {}),
  }
}

const idsOf = ({ requestId, globalRequestId }: Request): LogContext =>
  requestId === undefined
    ? {}
    : { request_id: requestId, global_request_id: globalRequestId ?? null }

/** Runs what serves a request whose context is known, so that each of its lines tells whom it is for. */
export const withRequestLog = <T>(req: Request, serve: () => T): T =>
  withLogContext(logFieldsOf(req), serve)
