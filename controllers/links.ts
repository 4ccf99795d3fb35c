import type { IncomingHttpHeaders } from 'node:http'

/** The part of a request that tells where it was sent to. */
export interface Addressed {
  readonly protocol: string
  readonly headers: IncomingHttpHeaders
  readonly baseUrl: string
}

/** `http://host:port` and the path at which the app is mounted, without a slash at the end. */
export const applicationUrl = (req: Addressed): string =>
  `${hostUrl(req)}${req.baseUrl.replace(/\/+$/, '')}`

/** The same without the version that the path ends with: `http://host/compute/v2.1` → `http://host/compute`. */
export const unversionedUrl = (req: Addressed): string =>
  applicationUrl(req).replace(/\/v\d+(?:\.\d+)?$/, '')

const hostUrl = (req: Addressed): string => `${req.protocol}://${req.headers.host ?? 'localhost'}`
