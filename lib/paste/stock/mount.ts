import type { Request } from 'express'
import { OptionError } from '../declare.js'

/** Where an app is mounted: `domain NAME`, `port N` and a path, in any order. */
export interface Mount {
  /** Lowered; with `:port` where one is given; null: any host. */
  readonly domain: string | null
  /** Without a slash at the end; empty for the root. */
  readonly path: string
}

/**
 * Reads a mount as Paste's urlmap does.
 *
 * @throws OptionError
 */
export const parseMount = (expression: string): Mount => {
  const found: { domain?: string; port?: string; path?: string } = {}
  const set = (part: 'domain' | 'port' | 'path', value: string | undefined): void => {
    if (value === undefined)
      throw new OptionError(expression, `mount '${expression}': '${part}' has no value`)
    if (found[part] !== undefined)
      throw new OptionError(expression, `mount '${expression}' has two ${part}s`)
    found[part] = value
  }
  const parts = expression.trim().split(/\s+/).filter(Boolean)
  while (parts.length) {
    const part = parts.shift() ?? ''
    const word = part.toLowerCase()
    if (word === 'domain' || word === 'port') set(word, parts.shift())
    else set('path', part)
  }
  const { domain, port, path = '' } = found
  if (port !== undefined && domain === undefined) {
    throw new OptionError(expression, `mount '${expression}' has a port, but no domain`)
  }
  if (path && !path.startsWith('/') && domain === undefined) {
    throw new OptionError(expression, `mount '${expression}' must begin with '/'`)
  }
  const host = domain?.toLowerCase()
  return {
    domain: host === undefined ? null : port === undefined ? host : `${host}:${port}`,
    path: `/${path}`.replaceAll(/\/\/+/g, '/').replace(/\/$/, ''),
  }
}

/** Those with a domain first, by domain in text order; the longest path first within one. */
export const mountOrder = (a: Mount, b: Mount): number =>
  a.domain === b.domain
    ? b.path.length - a.path.length
    : a.domain === null
      ? 1
      : b.domain === null || a.domain < b.domain
        ? -1
        : 1

/** The path of a request, and what follows it. */
export interface Target {
  /** As it came, doubled slashes made one. */
  readonly path: string
  /** With its question mark, or empty. */
  readonly query: string
}

export const targetOf = (url: string): Target => {
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  return {
    path: path.includes('//') ? path.replaceAll(/\/\/+/g, '/') : path,
    query: mark < 0 ? '' : url.slice(mark),
  }
}

/**
 * What is left of the path below the mount, or null where it does not lie there. Case counts;
 * escapes do not, so `/caf%C3%A9` lies below `/café`.
 */
export const below = (mount: string, path: string): string | null => {
  if (!path.includes('%') && isAscii(mount)) {
    return path.startsWith(mount) && (path.length === mount.length || path[mount.length] === '/')
      ? path.slice(mount.length)
      : null
  }
  const wanted = mount.split('/')
  const segments = path.split('/')
  const matches = wanted.every((part, index) => unescaped(segments[index]) === part)
  const rest = segments.slice(wanted.length)
  return matches ? rest.map(segment => `/${segment}`).join('') : null
}

const isAscii = (text: string): boolean => !/[^\x20-\x7e]/.test(text)

const unescaped = (segment: string | undefined): string | undefined => {
  if (!segment?.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/**
 * Moves a prefix from the path to the base URL, as Express does for a mount: an empty rest is `/`.
 *
 * @returns puts everything back
 */
export const shift = (req: Request, prefix: string, rest: string, query: string): (() => void) => {
  const { baseUrl, url } = req
  req.baseUrl = (baseUrl ?? '') + prefix
  req.url = `${rest || '/'}${query}`
  return () => {
    req.baseUrl = baseUrl
    req.url = url
  }
}

/** The hosts a request may mean, most particular first: with its port, implied or not, and alone. */
export const hostsOf = (req: Request): readonly [string, string] => {
  const host = (req.headers.host ?? 'localhost').toLowerCase()
  const port = /:(\d+)$/.exec(host)?.[1]
  const name = port === undefined ? host : host.slice(0, -port.length - 1)
  return [`${name}:${port ?? (req.protocol === 'https' ? '443' : '80')}`, name]
}
