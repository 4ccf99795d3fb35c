import type { Request } from 'express'
import { computeVersions, errors, expectedErrors, pathOf } from '../lib/wsgi/index.js'
import { unversionedUrl } from './links.js'
import type { Req } from './req.js'

/** A version of the API, as clients find it before they have a token. */
export interface ApiVersion {
  readonly id: string
  /** Its path below the root. */
  readonly path: string
  readonly status: 'CURRENT' | 'DEPRECATED'
  readonly version: string
  readonly minVersion: string
  readonly updated: string
  /** Parameter `version` of its media type. */
  readonly mediaVersion: string
}

const v20: ApiVersion = {
  id: 'v2.0',
  path: 'v2',
  status: 'DEPRECATED',
  version: '',
  minVersion: '',
  updated: '2025-07-04T12:00:00Z',
  mediaVersion: '2',
}

const v21: ApiVersion = {
  id: 'v2.1',
  path: 'v2.1',
  status: 'CURRENT',
  version: computeVersions.max,
  minVersion: computeVersions.min,
  updated: '2013-07-23T11:33:21Z',
  mediaVersion: '2.1',
}

/** Those there are, oldest first. */
export const versions = [v20, v21]

const mediaTypes = ({ mediaVersion }: ApiVersion) => [
  {
    base: 'application/json',
    type: `application/vnd.openstack.compute+json;version=${mediaVersion}`,
  },
]

const hrefOf = (req: Request | Req, { path }: ApiVersion, rest = '/'): string =>
  `${unversionedUrl(req)}/${path}${rest}`

/** One of those at `/`. */
export const listed = (req: Request, version: ApiVersion) => ({
  id: version.id,
  status: version.status,
  version: version.version,
  min_version: version.minVersion,
  updated: version.updated,
  links: [{ rel: 'self', href: hrefOf(req, version) }],
})

/** One of those offered for a path without a version. */
export const choice = (req: Request, version: ApiVersion) => ({
  id: version.id,
  status: version.status,
  'media-types': mediaTypes(version),
  links: [{ rel: 'self', href: hrefOf(req, version, pathOf(req.url)) }],
})

/** `{"version": …}`: one version at length. */
const shown = (req: Req, version: ApiVersion) => ({
  version: {
    id: version.id,
    status: version.status,
    version: version.version,
    min_version: version.minVersion,
    updated: version.updated,
    links: [
      { rel: 'self', href: hrefOf(req, version) },
      { rel: 'describedby', type: 'text/html', href: 'http://docs.openstack.org/' },
    ],
    'media-types': mediaTypes(version),
  },
})

/** GET / and GET /versions/{id} of a versioned API. */
export class VersionsController {
  /** The version that this API is: /v2 is known by its filter. */
  @expectedErrors(404)
  root(req: Req): object {
    return shown(req, req.isLegacyV2 ? v20 : v21)
  }

  @expectedErrors(404)
  show(req: Req): object {
    const version = versions.find(({ id }) => id === req.params.id)
    if (!version) throw errors.notFound()
    return shown(req, version)
  }
}
