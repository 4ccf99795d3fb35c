import type { Request, Response } from 'express'
import { type Filter, filterFactory } from '../paste/index.js'
import { runtimeOf } from '../runtime/index.js'
import { osloOptions } from './accepted.js'

/**
 * Lets pages of other origins use the API (Fetch standard, CORS protocol). Does nothing without
 * an allowed origin. Preflights are answered here.
 *
 *     [filter:cors]
 *     paste.filter_factory = kilonova/filters/cors:factory
 *     # any option of [cors] in nova.conf may stand here instead
 *     allowed_origin = https://dashboard.example.com
 */
export const factory = filterFactory(
  {
    name: 'cors',
    doc: 'Lets pages of other origins use the API. Nothing happens without an allowed origin.',
    options: {
      allowed_origin: { type: 'list', doc: 'origins between commas, * for any' },
      allow_credentials: { type: 'bool', doc: 'whether pages may send cookies and the like' },
      max_age: { type: 'int', min: 0, doc: 'seconds for which a preflight holds' },
      allow_methods: { type: 'list', doc: 'methods that pages may use' },
      allow_headers: { type: 'list', doc: 'headers that pages may send' },
      expose_headers: { type: 'list', doc: 'headers that pages may read' },
      latent_allow_methods: { ignored: 'write allow_methods' },
      latent_allow_headers: { ignored: 'write allow_headers' },
      latent_expose_headers: { ignored: 'write expose_headers' },
      ...osloOptions,
    },
    // a preflight carries no token
    // a browser reads a refusal only with this filter's headers on it
    order: { before: ['faults', 'identity', 'context'], once: true },
  },
  (globalConf, options) => {
    const { cors: conf } = runtimeOf(globalConf).conf
    return cors({
      origins: options.allowed_origin ?? conf.allowed_origin,
      credentials: options.allow_credentials ?? conf.allow_credentials,
      maxAge: options.max_age ?? conf.max_age,
      methods: options.allow_methods ?? conf.allow_methods,
      headers: options.allow_headers ?? conf.allow_headers,
      exposed: options.expose_headers ?? conf.expose_headers,
    })
  },
)

export interface CorsOptions {
  readonly origins: readonly string[]
  readonly credentials: boolean
  /** Seconds; 0: not told. */
  readonly maxAge: number
  readonly methods: readonly string[]
  readonly headers: readonly string[]
  readonly exposed: readonly string[]
}

/** Headers that every page may send, told or not. */
const simpleHeaders = [
  'accept',
  'accept-language',
  'content-type',
  'cache-control',
  'content-language',
  'expires',
  'last-modified',
  'pragma',
]

export const cors = (options: CorsOptions): Filter => {
  const origins = new Set(options.origins)
  const methods = new Set(options.methods.map(method => method.toUpperCase()))
  const headers = new Set([...simpleHeaders, ...options.headers.map(name => name.toLowerCase())])
  const exposed = options.exposed.join(',')

  /** @returns what may be told to the page, or null for an origin that is not allowed */
  const allowedAs = (origin: string): string | null =>
    origins.has(origin) ? origin : origins.has('*') ? '*' : null

  const allow = (res: Response, allowed: string): void => {
    res.setHeader('vary', 'Origin')
    res.setHeader('access-control-allow-origin', allowed)
    // a browser refuses credentials for just anybody
    if (options.credentials && allowed !== '*') {
      res.setHeader('access-control-allow-credentials', 'true')
    }
  }

  const preflight = (req: Request, res: Response, origin: string, method: string): void => {
    const asked = words(req.headers['access-control-request-headers'])
    const allowed = allowedAs(origin)
    if (
      allowed !== null &&
      methods.has(method.toUpperCase()) &&
      asked.every(name => headers.has(name.toLowerCase()))
    ) {
      allow(res, allowed)
      if (options.maxAge) res.setHeader('access-control-max-age', String(options.maxAge))
      res.setHeader('access-control-allow-methods', method)
      if (asked.length) res.setHeader('access-control-allow-headers', asked.join(','))
    }
    res.statusCode = 200
    res.setHeader('content-length', '0')
    res.end()
  }

  if (!origins.size) return app => app
  return app =>
    function cors(req, res, next) {
      const { origin } = req.headers
      if (origin === undefined) {
        app(req, res, next)
        return
      }
      const method = req.headers['access-control-request-method']
      if (req.method === 'OPTIONS' && method !== undefined) {
        preflight(req, res, origin, method)
        return
      }
      const allowed = allowedAs(origin)
      if (allowed !== null) {
        allow(res, allowed)
        if (exposed) res.setHeader('access-control-expose-headers', exposed)
      }
      app(req, res, next)
    }
}

const words = (header: string | undefined): string[] =>
  (header ?? '')
    .split(',')
    .map(name => name.trim())
    .filter(Boolean)
