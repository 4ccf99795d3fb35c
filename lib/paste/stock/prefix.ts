import type { Request } from 'express'
import { filterFactory } from '../declare.js'
import { below, targetOf } from './mount.js'

/**
 * `egg:PasteDeploy#prefix`: for an application behind a proxy that strips nothing.
 *
 *     [filter:proxied]
 *     use = egg:PasteDeploy#prefix
 *     # cut from the path where it is there, whole segments; SCRIPT_NAME in any case
 *     prefix = /james
 *     # believes X-Forwarded-Server, -Host, -For, -Scheme and -Proto, whoever sends them
 *     translate_forwarded_server = true
 *     # of the host; empty: the usual one of the scheme
 *     force_port = 8080
 *     scheme = https
 */
export const prefixFilter = filterFactory(
  {
    name: 'prefix',
    doc: 'Cuts a prefix from the path, and believes what a proxy says of the client.',
    options: {
      prefix: { default: '/', doc: 'cut from the path; SCRIPT_NAME from here on' },
      translate_forwarded_server: {
        type: 'bool',
        default: true,
        doc: 'whether X-Forwarded-* headers are believed; they are taken out',
      },
      force_port: { doc: 'port of the host; empty: the usual one of the scheme' },
      scheme: { choices: ['http', 'https'], doc: 'of the request, whatever it came by' },
    },
  },
  (_globalConf, { prefix, translate_forwarded_server: translates, force_port: port, scheme }) => {
    const base = prefix.replace(/\/+$/, '')
    if (base && !base.startsWith('/'))
      throw new RangeError(`'prefix' must begin with '/', got '${prefix}'`)
    if (port && !/^\d{1,5}$/.test(port)) {
      throw new RangeError(`'force_port' must be a port or empty, got '${port}'`)
    }
    return app =>
      function prefix(req, res, next) {
        const { baseUrl, url } = req
        const { path, query } = targetOf(url)
        const rest = base === '' ? null : below(base, path)
        if (rest !== null) req.url = `${rest || '/'}${query}`
        req.baseUrl = base
        if (translates) forwarded(req)
        if (port !== undefined) {
          const name = (req.headers.host ?? 'localhost').replace(/:\d+$/, '')
          req.headers.host = port ? `${name}:${port}` : name
        }
        if (scheme) own(req, 'protocol', scheme)
        app(req, res, (error?: unknown) => {
          req.baseUrl = baseUrl
          req.url = url
          next(error)
        })
      }
  },
)

/** Of a comma list the first. */
const taken = (req: Request, name: string): string | undefined => {
  const value = req.headers[name]
  delete req.headers[name]
  return (Array.isArray(value) ? value[0] : value)?.split(',')[0]?.trim() || undefined
}

const forwarded = (req: Request): void => {
  const server = taken(req, 'x-forwarded-server')
  const host = taken(req, 'x-forwarded-host') ?? server
  if (host) req.headers.host = host
  const client = taken(req, 'x-forwarded-for')
  if (client) own(req, 'ip', client)
  const first = taken(req, 'x-forwarded-scheme')
  const scheme = first ?? taken(req, 'x-forwarded-proto')
  delete req.headers['x-forwarded-proto']
  if (scheme) own(req, 'protocol', scheme.toLowerCase())
}

/** Express tells these by getters of its prototype. */
const own = (req: Request, name: 'ip' | 'protocol', value: string): void => {
  Object.defineProperty(req, name, { value, configurable: true, writable: true })
  if (name === 'protocol') {
    Object.defineProperty(req, 'secure', { value: value === 'https', configurable: true })
  }
}
