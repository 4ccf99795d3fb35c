import type { Request, Response } from 'express'
import { LRUCache } from 'lru-cache'
import {
  type ApiRouter,
  type App,
  computeVersions,
  Fault,
  faultDocument,
  minorOf,
  openApiDocument,
  pathOf,
} from '../lib/wsgi/index.js'

const [oldest, newest] = [minorOf(computeVersions.min), minorOf(computeVersions.max)]

/** Documents that are kept, of those that are served: each is some hundred kilobytes. */
const KEPT = 4

/** Where requests find it. */
export const OPENAPI_PATH = '/openapi.json'

/**
 * The compute API at a microversion as an OpenAPI 3.1 document.
 *
 * @param url  where the paths begin
 */
export const computeOpenApi = (router: ApiRouter, minor: number, url: string): object =>
  openApiDocument(router.routes, minor, {
    title: 'Compute API',
    description:
      'What this API answers at one microversion, from the tables by which it answers. ' +
      'Each path is also there below /{project_id}.',
    url,
    service: computeVersions.service,
    open: ['/'],
  })

/**
 * Reads what chooses the version of a document: `2.93` or `latest`, which is also meant by nothing.
 *
 * @returns its minor; null when it is no version of this API
 */
export const documentVersion = (text: string | null | undefined): number | null => {
  if (text === undefined || text === null || text === 'latest') return newest
  const minor = /^2\.([1-9]\d{0,3})$/.exec(text)?.[1]
  if (minor === undefined || Number(minor) < oldest || Number(minor) > newest) return null
  return Number(minor)
}

/** What a version must be, for an error. */
export const documentVersions = `${computeVersions.min} to ${computeVersions.max}, or latest`

/**
 * Answers `GET /openapi.json?microversion=2.93` and leaves the rest to an app.
 *
 * @param load  makes the tables; called on the first request, again when it failed or the version is another
 */
export const serveOpenApi = (
  app: App,
  load: () => Promise<ApiRouter>,
  version: () => Promise<string> = async () => '',
): App => {
  const texts = new LRUCache<number, string>({ max: KEPT })
  let loading: Promise<ApiRouter> | null = null
  let loaded = ''
  const textAt = async (minor: number): Promise<string> => {
    const current = await version()
    if (current !== loaded) {
      loaded = current
      loading = null
      texts.clear()
    }
    const known = texts.get(minor)
    if (known !== undefined) return known
    loading ??= load()
    const router = await loading.catch(error => {
      loading = null
      throw error
    })
    const text = JSON.stringify(computeOpenApi(router, minor, '/v2.1'))
    texts.set(minor, text)
    return text
  }
  return (req, res, next) => {
    const isRead = req.method === 'GET' || req.method === 'HEAD'
    if (!isRead || pathOf(req.url) !== OPENAPI_PATH) {
      app(req, res, next)
      return
    }
    const asked = new URLSearchParams(req.url.split('?')[1]).get('microversion')
    const minor = documentVersion(asked)
    if (minor === null) {
      const fault = Fault.of(
        400,
        `microversion=${(asked ?? '').slice(0, 80)}: expected ${documentVersions}`,
      )
      send(req, res, 400, JSON.stringify(faultDocument(fault)))
      return
    }
    textAt(minor).then(text => send(req, res, 200, text), next)
  }
}

const send = (req: Request, res: Response, status: number, text: string): void => {
  res.statusCode = status
  res.setHeader('content-type', 'application/json')
  res.setHeader('content-length', Buffer.byteLength(text))
  res.end(req.method === 'HEAD' ? undefined : text)
}
