import type { Request, Response } from 'express'
import type { Filter, FilterFactory } from '../paste/types.js'
import { runtimeOf } from '../runtime/index.js'
import { commaList, flag, wholeNumber } from './options.js'

/**
 * Lets pages of other origins use the API (Fetch standard, CORS protocol). Does nothing without
 * an allowed origin. Preflights are answered here.
 *
 *     [filter:cors]
 *     paste.filter_factory = kilonova/filters/cors:factory
 *     # any option of [cors] in nova.conf may stand here instead
 *     allowed_origin = https://dashboard.example.com
 */
export const factory: FilterFactory = (globalConf, localConf) => {
  const { cors: conf } = runtimeOf(globalConf).conf
  return cors({
    origins: commaList(localConf, 'allowed_origin', conf.allowed_origin),
    credentials: flag(localConf, 'allow_credentials', conf.allow_credentials),
    maxAge: wholeNumber(localConf, 'max_age', conf.max_age),
    methods: commaList(localConf, 'allow_methods', conf.allow_methods),
    headers: commaList(localConf, 'allow_headers', conf.allow_headers),
    exposed: commaList(localConf, 'expose_headers', conf.expose_headers),
  })
}

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
