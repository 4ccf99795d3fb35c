import type { Request } from 'express'
import { type Filter, filterFactory } from '../paste/index.js'
import { runtimeOf } from '../runtime/index.js'
import { osloOptions } from './accepted.js'
import './request.js'

/**
 * Believes a proxy in front of the API what the client asked for: scheme, host, path prefix and address,
 * by Forwarded (RFC 7239) or X-Forwarded-*. Off unless turned on, for anybody can send these.
 *
 *     [filter:http_proxy_to_wsgi]
 *     paste.filter_factory = kilonova/filters/http-proxy-to-wsgi:factory
 *     # [oslo_middleware] enable_proxy_headers_parsing of nova.conf when absent
 *     enable_proxy_headers_parsing = true
 */
export const factory = filterFactory(
  {
    name: 'http_proxy_to_wsgi',
    doc: 'Believes a proxy in front what the client asked for. Off unless turned on.',
    options: {
      enable_proxy_headers_parsing: {
        type: 'bool',
        doc: 'whether Forwarded and X-Forwarded-* are believed',
      },
      ...osloOptions,
    },
    order: { once: true },
  },
  (globalConf, options) => {
    const key = 'enable_proxy_headers_parsing'
    return (options[key] ?? runtimeOf(globalConf).conf.oslo_middleware[key])
      ? httpProxyToWsgi
      : app => app
  },
)

const httpProxyToWsgi: Filter = app =>
  function httpProxyToWsgi(req, res, next) {
    const { proto, host, client } = forwarded(req)
    if (proto === 'http' || proto === 'https') {
      // a getter of Express's prototype, which would ask its own settings
      Object.defineProperty(req, 'protocol', { value: proto, configurable: true })
    }
    if (host) req.headers.host = host
    if (client) req.clientAddress = client
    const prefix = header(req, 'x-forwarded-prefix')
    if (prefix?.startsWith('/')) req.baseUrl = prefix.replace(/\/+$/, '') + req.baseUrl
    app(req, res, next)
  }

interface Forwarded {
  readonly proto?: string | undefined
  readonly host?: string | undefined
  readonly client?: string | undefined
}

/** What the first proxy, the one nearest to the client, was asked. */
const forwarded = (req: Request): Forwarded => {
  const standard = req.headers.forwarded
  if (standard !== undefined) {
    const found = Object.fromEntries(
      firstElement(standard).map(pair => {
        const [name = '', value = ''] = split(pair, '=')
        return [name.toLowerCase(), value.replace(/^"(.*)"$/, '$1')]
      }),
    )
    return {
      proto: found.proto?.toLowerCase(),
      host: found.host,
      client: found.for && withoutPort(found.for),
    }
  }
  return {
    proto: header(req, 'x-forwarded-proto')?.toLowerCase(),
    host: header(req, 'x-forwarded-host'),
    client: header(req, 'x-forwarded-for'),
  }
}

/** The pairs of the first element; commas and semicolons within quotes do not count. */
const firstElement = (value: string): string[] => {
  const [element = ''] = value.match(/^(?:[^",]|"[^"]*")*/) ?? []
  return (element.match(/(?:[^";]|"[^"]*")+/g) ?? []).map(pair => pair.trim())
}

const split = (text: string, sign: string): [string, string] => {
  const index = text.indexOf(sign)
  return index < 0 ? [text, ''] : [text.slice(0, index).trim(), text.slice(index + 1).trim()]
}

/** `[2001:db8::1]:4711` and `192.0.2.43:47011` to the address alone. */
const withoutPort = (node: string): string =>
  /^\[([^\]]+)\]/.exec(node)?.[1] ?? node.replace(/^([^:]+):\d+$/, '$1')

/** The first of a list. */
const header = (req: Request, name: string): string | undefined => {
  const value = req.headers[name]
  const text = (Array.isArray(value) ? value[0] : value)?.split(',', 1)[0]?.trim()
  return text || undefined
}
