import type { IncomingHttpHeaders } from 'node:http'

/** The part of a request that tells where it was sent to. */
export interface Addressed {
  readonly protocol: string
  readonly headers: IncomingHttpHeaders
  readonly baseUrl: string
}

/**
 * What the links of an answer begin with: the request's own address, or `[api] compute_link_prefix` before
 * the path at which the app is mounted.
 */
export const linkBase = (req: Addressed, prefix?: string | null): string =>
  prefix ? `${prefix.replace(/\/+$/, '')}${mountPath(req)}` : applicationUrl(req)

/** `http://host:port` and the path at which the app is mounted, without a slash at the end. */
export const applicationUrl = (req: Addressed): string => `${hostUrl(req)}${mountPath(req)}`

/** The same without the version that the path ends with: `http://host/compute/v2.1` → `http://host/compute`. */
export const unversionedUrl = (req: Addressed, prefix?: string | null): string =>
  linkBase(req, prefix).replace(/\/v\d+(?:\.\d+)?$/, '')

const mountPath = (req: Addressed): string => req.baseUrl.replace(/\/+$/, '')

const hostUrl = (req: Addressed): string => `${req.protocol}://${req.headers.host ?? 'localhost'}`
