import type { Request } from 'express'
import { type App, compositeFactory, type LocalConf, type OptionDoubt } from '../paste/index.js'
import { below, hostsOf, mountOrder, parseMount, shift, targetOf } from '../paste/stock/mount.js'
import { nearest } from '../util/nearest.js'
import { bestMatch, COMPUTE_TYPE, JSON_TYPE, PlainError, sendPlainError } from '../wsgi/index.js'

/**
 * nova's URL map: an app by path, else by the `version` parameter of Content-Type or Accept, else the
 * one at `/`. A mount that ends in `/+` wants something after its slash.
 *
 *     [composite:osapi_compute]
 *     paste.composite_factory = kilonova/filters/urlmap:factory
 *     /: oscomputeversions
 *     /v2.1: oscomputeversion_v2
 *     /v2.1/+: openstack_compute_api_v21
 *
 * @throws RangeError at load, for a mount that cannot be read
 */
export const factory = compositeFactory(
  {
    name: 'urlmap',
    doc: 'An app by path, else by the version of Content-Type or Accept, else the one at /.',
    options: {
      not_found_app: { type: 'app', doc: 'answers where nothing is mounted' },
      '*': {
        type: 'app',
        doc: 'a mount: /path, /path/+ (wants something below), domain NAME, port N',
      },
    },
    review: reviewMounts,
  },
  async (loader, globalConf, _options, localConf) => {
    const { not_found_app: notFound = globalConf.not_found_app, ...rest } = localConf
    const mounted = new Map<string, Mounted>()
    for (const [expression, name] of Object.entries(rest)) {
      const mount = parseMount(expression)
      const app = await loader.getApp(name, globalConf)
      const more = mount.path.endsWith('/+')
      const prefix = more ? mount.path.slice(0, -2) : mount.path
      mounted.set(`${mount.domain} ${mount.path}`, { ...mount, prefix, more, app })
    }
    const missing: App = notFound
      ? await loader.getApp(notFound, globalConf)
      : (req, res) => sendPlainError(req, res, new PlainError(404))
    const mounts = [...mounted.values()].toSorted(mountOrder)
    const byDomain = mounts.some(mount => mount.domain !== null)

    const match = (hosts: readonly string[], path: string): Match | null => {
      for (const mount of mounts) {
        if (mount.domain !== null && !hosts.includes(mount.domain)) continue
        const rest = below(mount.prefix, path)
        if (rest === null || (mount.more && rest.length < 2)) continue
        return { mount, rest }
      }
      return null
    }

    return function urlmap(req, res, next) {
      const { path, query } = targetOf(req.url)
      const hosts = byDomain ? hostsOf(req) : []
      const byPath = match(hosts, path)
      const inPath = byPath !== null && byPath.mount.prefix !== ''
      const accepted = acceptedBy(req, path, inPath ? byPath.mount.prefix : null)
      req.responseType = typeOfSuffix(path) ?? accepted.type ?? JSON_TYPE

      let found = byPath
      if (!inPath) {
        // the whole path stays: only SCRIPT_NAME tells the version
        const version = versionIn(req.headers['content-type'])
        const byType =
          (version === null ? null : match(hosts, `/v${version}`)) ??
          (accepted.version === null ? null : match(hosts, `/v${accepted.version}`))
        if (byType) found = { mount: byType.mount, rest: path }
      }
      if (!found) {
        missing(req, res, next)
        return
      }
      const restore = shift(req, found.mount.prefix, found.rest, query)
      found.mount.app(req, res, error => {
        restore()
        next(error)
      })
    }
  },
)

/** What is mounted below a path only leaves the path itself to the mount further up. */
function* reviewMounts(localConf: LocalConf): Generator<OptionDoubt> {
  const mounts = Object.keys(localConf)
    .filter(key => key.startsWith('/'))
    .map(key => key.replaceAll(/\/\/+/g, '/'))
  const alone = mounts.filter(key => !key.endsWith('/+') && key !== '/')
  const below = mounts.filter(key => key.endsWith('/+')).map(key => key.slice(0, -2))
  for (const path of below.filter(path => !alone.includes(path))) {
    const free = alone.filter(key => !below.includes(key))
    const meant = nearest(path, free)
    const key = `${path}/+`
    const reason = `'${key}' wants something below '${path}', and '${path}' itself is not mounted`
    if (meant === undefined) {
      yield { key, reason }
      continue
    }
    const told = `${reason}; '${meant}' is, with nothing below it: one of them may be misspelt.`
    yield { key, reason: told, suggestion: `${meant}/+` }
    yield { key: meant, reason: told, suggestion: path }
  }
}

interface Mounted {
  readonly domain: string | null
  /** With the `/+`, by which its order goes. */
  readonly path: string
  readonly prefix: string
  readonly more: boolean
  readonly app: App
}

interface Match {
  readonly mount: Mounted
  /** Of the path, below the prefix. */
  readonly rest: string
}

const supported = [JSON_TYPE, COMPUTE_TYPE]
const atom = 'application/atom+xml'

/** `/servers/detail.json` */
const typeOfSuffix = (path: string): string | null => {
  const dot = path.lastIndexOf('.')
  const type = dot < 0 ? '' : `application/${path.slice(dot + 1)}`
  return supported.includes(type) ? type : null
}

/** The type for the answer, and the version that its mask asks for. */
const acceptedBy = (
  req: Request,
  path: string,
  prefix: string | null,
): { type: string | null; version: string | null } => {
  const { accept } = req.headers
  if (accept === undefined || accept === '*/*' || accept === JSON_TYPE) {
    return { type: null, version: null }
  }
  const isRoot = path === '/' || (prefix !== null && path === `${prefix}/`)
  const type = bestMatch(accept, isRoot ? [...supported, atom] : supported)
  const masks = accept.split(',', 50).map(mask => mask.trim())
  const mask = masks.find(text => text.split(';', 1)[0]?.trim().toLowerCase() === type)
  return { type: type === atom ? null : type, version: versionIn(mask) }
}

/** `version=2.1` of a media type's parameters. */
const versionIn = (type: string | undefined): string | null =>
  type?.includes('version') ? (/;\s*version\s*=\s*"?([\w.]+)"?/i.exec(type)?.[1] ?? null) : null
