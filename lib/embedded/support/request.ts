import { randomUUID } from 'node:crypto'
import type { NextFunction, Request, Response } from 'express'
import { RequestContext } from '../../context/index.js'
import { isRecord } from '../../util/is-record.js'
import { isTooDeep } from '../../util/json-depth.js'

/** Who asks, as the pipeline's context filter found out; undefined when nobody was asked. */
export const contextOf = (req: Request): RequestContext | undefined => {
  const context: unknown = Reflect.get(req, 'context')
  return context instanceof RequestContext ? context : undefined
}

/** The services in miniature know one kind of administrator. */
export const isAdmin = (context: RequestContext): boolean =>
  context.isAdmin || context.roles.includes('admin')

/** Every answer bears `x-openstack-request-id`: the pipeline's, or one of its own. */
export const withRequestId = (req: Request, res: Response, next: NextFunction): void => {
  if (!res.hasHeader('x-openstack-request-id')) {
    const given: unknown = Reflect.get(req, 'requestId')
    res.setHeader(
      'x-openstack-request-id',
      typeof given === 'string' ? given : `req-${randomUUID()}`,
    )
  }
  next()
}

/** Absolute URL of the service's root, without a trailing slash; `version` is no part of it. */
export const rootUrl = (req: Request, version: string): string => {
  const base = req.baseUrl.replace(new RegExp(`/${version.replaceAll('.', '\\.')}$`), '')
  return `${req.protocol}://${req.headers.host ?? 'localhost'}${base}`
}

/** `2026-01-31T12:00:00Z` */
export const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`

/** The values of a query key, which may be repeated. Anything but texts is left out. */
export const queryValues = (req: Request): Map<string, string[]> => {
  const values = new Map<string, string[]>()
  for (const [key, value] of new URL(req.url, 'http://localhost').searchParams) {
    const known = values.get(key)
    if (known) known.push(value)
    else values.set(key, [value])
  }
  return values
}

/** For `verify` of Express's body parser: refuses JSON in which no walk would come to an end. */
export const refuseDeep = (_req: unknown, _res: unknown, body: Buffer): void => {
  if (isTooDeep(body.toString())) throw new RangeError('objects and lists stand too deep')
}

/** The status by which Express and its body parser refuse: bad JSON, a bad escape in the path, too many bytes. */
export const refusalStatus = (error: unknown): number | null => {
  const status: unknown =
    isRecord(error) || error instanceof Error ? Reflect.get(error, 'status') : null
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null
}
