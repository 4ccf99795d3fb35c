import type { NextFunction, Request, Response } from 'express'
import { type ContextServices, RequestContext } from '../context/index.js'
import { type Filter, filterFactory } from '../paste/index.js'
import { runtimeOf } from '../runtime/index.js'
import { withRequestLog } from './log-fields.js'
import { remoteAddress } from './request.js'

/**
 * Believes who a client says it is: its X-Auth-Token is `user:project`, and the user `admin` is the
 * administrator. For test boxes. Without a token it answers 204 with one, made of X-Auth-User and
 * X-Auth-Project-Id.
 *
 *     [filter:noauth2]
 *     paste.filter_factory = kilonova/filters/noauth2:factory
 */
export const factory = filterFactory(
  {
    name: 'noauth2',
    doc: 'Believes who a client says it is. For test boxes.',
    options: {},
    order: { provides: ['context'], once: true },
  },
  globalConf => noauth2(runtimeOf(globalConf).contexts),
)

/** Without Keystone nobody hands out roles, so these are what the names stand for. */
const adminRoles = ['admin', 'manager', 'member', 'reader']
const userRoles = ['member', 'reader']

export const noauth2 =
  (services: ContextServices): Filter =>
  app =>
    function noauth2(req: Request, res: Response, next: NextFunction): void {
      const token = text(req, 'x-auth-token')
      if (!token) {
        giveToken(req, res)
        return
      }
      const colon = token.indexOf(':')
      const userId = colon < 0 ? token : token.slice(0, colon)
      const projectId = (colon < 0 ? '' : token.slice(colon + 1)) || userId
      const isAdmin = userId === 'admin'
      req.context = new RequestContext(
        {
          userId,
          projectId,
          isAdmin,
          roles: isAdmin ? adminRoles : userRoles,
          authToken: token,
          remoteAddress: remoteAddress(req),
          globalRequestId: req.globalRequestId ?? null,
          ...(req.requestId === undefined ? {} : { requestId: req.requestId }),
        },
        services,
      )
      withRequestLog(req, () => app(req, res, next))
    }

const giveToken = (req: Request, res: Response): void => {
  const user = text(req, 'x-auth-user') || 'admin'
  const project = text(req, 'x-auth-project-id') || 'admin'
  const scheme = req.protocol ?? 'http'
  const host = text(req, 'host') || 'localhost'
  const path = req.originalUrl ?? req.url
  res.writeHead(204, {
    'content-type': 'text/plain; charset=UTF-8',
    'x-auth-token': `${user}:${project}`,
    'x-server-management-url': `${scheme}://${host}${path}`,
  })
  res.end()
}

const text = (req: Request, name: string): string => {
  const value = req.headers[name]
  return (Array.isArray(value) ? value[0] : value) ?? ''
}
