import express from 'express'
import { RequestContext, type RequestContextValues } from '../../lib/context/index.js'
import type { App } from '../../lib/paste/types.js'

export const ADMIN: Partial<RequestContextValues> = {
  userId: 'a0000000000000000000000000000001',
  projectId: 'b0000000000000000000000000000001',
  roles: ['admin'],
  isAdmin: true,
}

export const DEMO: Partial<RequestContextValues> = {
  userId: 'a0000000000000000000000000000002',
  projectId: 'b0000000000000000000000000000002',
  roles: ['member'],
  isAdmin: false,
}

/**
 * The app behind a stand-in for authtoken and keystonecontext: the token `admin` is {@link ADMIN},
 * `demo` is {@link DEMO}, anything else nobody.
 */
export const withUsers = (app: App): express.Express => {
  const outer = express()
  const users: Readonly<Record<string, Partial<RequestContextValues>>> = {
    admin: ADMIN,
    demo: DEMO,
  }
  outer.use((req, _res, next) => {
    const token = req.get('x-auth-token') ?? ''
    const user = users[token]
    if (user) Object.assign(req, { context: new RequestContext({ ...user, authToken: token }) })
    next()
  })
  outer.use(app)
  return outer
}
