import type { NextFunction, Request, Response } from 'express'
import { type Filter, filterFactory } from '../paste/index.js'

const versionHeaders = ['openstack-api-version', 'x-openstack-nova-api-version']

/**
 * Makes the v2.1 API answer as v2 did: the request is marked (`req.isLegacyV2`), it asks for no
 * microversion, and the answer tells of none.
 *
 *     [filter:legacy_v2_compatible]
 *     paste.filter_factory = kilonova/filters/legacy-v2-compatible:factory
 */
export const factory = filterFactory(
  {
    name: 'legacy_v2_compatible',
    doc: 'Makes the v2.1 API answer as v2 did.',
    options: {},
    order: { once: true },
  },
  () => legacyV2Compatible,
)

export const legacyV2Compatible: Filter = app =>
  function legacyV2Compatible(req: Request, res: Response, next: NextFunction): void {
    Object.assign(req, { isLegacyV2: true })
    for (const name of versionHeaders) delete req.headers[name]
    withoutVersionHeaders(res)
    app(req, res, next)
  }

/** Takes the version headers out at the last moment before they are written. */
const withoutVersionHeaders = (res: Response): void => {
  const setHeader = res.setHeader.bind(res)
  const appendHeader = res.appendHeader.bind(res)
  const writeHead = res.writeHead
  res.setHeader = (name, value) => {
    const lower = name.toLowerCase()
    if (versionHeaders.includes(lower)) return res
    if (lower !== 'vary') return setHeader(name, value)
    const vary = withoutVersions(value)
    if (vary) setHeader(name, vary)
    else res.removeHeader(name)
    return res
  }
  res.appendHeader = (name, value) => {
    const lower = name.toLowerCase()
    if (versionHeaders.includes(lower)) return res
    if (lower !== 'vary') return appendHeader(name, value)
    const vary = withoutVersions(value)
    return vary ? appendHeader(name, vary) : res
  }
  // Headers given to writeHead would pass by setHeader: they go through it here.
  const patched = (status: number, ...rest: readonly unknown[]): Response => {
    const reason = typeof rest[0] === 'string' ? rest[0] : undefined
    const headers = reason === undefined ? rest[0] : rest[1]
    for (const [name, value] of pairs(headers)) res.setHeader(name, value)
    if (reason !== undefined) res.statusMessage = reason
    writeHead.call(res, status)
    return res
  }
  res.writeHead = patched
}

type Value = number | string | readonly string[]

const pairs = (headers: unknown): readonly (readonly [string, Value])[] => {
  if (!Array.isArray(headers)) return Object.entries((headers ?? {}) as Record<string, Value>)
  if (Array.isArray(headers[0])) return headers as [string, Value][]
  const flat = headers as readonly string[]
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ''] as const] : []))
}

const withoutVersions = (value: Value): string =>
  [value]
    .flat()
    .flatMap(part => String(part).split(','))
    .map(name => name.trim())
    .filter(name => name !== '' && !versionHeaders.includes(name.toLowerCase()))
    .join(', ')
