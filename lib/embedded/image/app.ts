import express, { type NextFunction, type Request, type Response, type Router } from 'express'
import type { RequestContext } from '../../context/index.js'
import {
  contextOf,
  queryValues,
  refusalStatus,
  refuseDeep,
  rootUrl,
  withRequestId,
} from '../support/request.js'
import { visibleImage } from './access.js'
import { sendData, storeData } from './data.js'
import { ImageError, sendError } from './errors.js'
import { changeTag, createImage, listImages, patchImage, removeImage, setActive } from './images.js'
import { addMember, listMembers, removeMember, setMemberStatus, showMember } from './members.js'
import { patchVersion } from './patch.js'
import { readImageQuery } from './query.js'
import { schemas } from './schemas.js'
import type { ImageState } from './service.js'
import { imageView } from './view.js'

export interface ImageAppOptions {
  readonly state: ImageState
  /** `WWW-Authenticate` of a 401 names this address */
  readonly identityUrl?: string
  /** What went wrong here, for the operator; the client reads a fixed text. */
  readonly onError?: (error: unknown) => void
}

/** Bytes of a JSON body: 128 properties of the greatest length would not fit, real images do. */
const BODY_LIMIT = 1024 * 1024

/** The image service: versions at `/`, the API below `/v2`. */
export const createImageApp = (options: ImageAppOptions): express.Express => {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  app.use(withRequestId)
  app.get('/', (req, res, next) => {
    if (req.baseUrl.endsWith('/v2')) return next()
    res.status(300).json(versions(req))
  })
  app.get('/versions', (req, res) => {
    res.json(versions(req))
  })
  const api = imageApi(options)
  app.use('/v2', api)
  app.use('/', api)
  app.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error)
    const [status, message] = answerOf(error)
    if (status >= 500) options.onError?.(error)
    sendError(req, res, status, message)
  })
  return app
}

const minors = ['15', '13', '12', '11', '10', '9', '8', '7', '6', '5', '4', '3', '2', '1', '0']

const versions = (req: Request) => ({
  versions: minors.map((minor, index) => ({
    id: `v2.${minor}`,
    status: index === 0 ? 'CURRENT' : 'SUPPORTED',
    links: [{ rel: 'self', href: `${rootUrl(req, 'v2')}/v2/` }],
  })),
})

type Handler = (req: Request, res: Response, context: RequestContext) => Promise<void>

const imageApi = (options: ImageAppOptions): Router => {
  const { state } = options
  const { database } = state
  const db = database.kysely
  const router = express.Router()
  router.use((req, res, next) => {
    if (contextOf(req)) return next()
    res.set('www-authenticate', `Keystone uri="${options.identityUrl ?? ''}"`)
    next(new ImageError(401, 'The request you have made requires authentication.'))
  })
  const json = express.json({
    limit: BODY_LIMIT,
    type: () => true,
    strict: false,
    verify: refuseDeep,
  })

  const on = (
    method: 'get' | 'post' | 'put' | 'patch' | 'delete',
    path: string,
    handler: Handler,
    parse = true,
  ): void => {
    const run = async (req: Request, res: Response): Promise<void> => {
      const context = contextOf(req)
      if (context) await handler(req, res, context)
    }
    if (parse) router[method](path, json, run)
    else router[method](path, run)
  }

  on('get', '/images', async (req, res, context) => {
    const values = queryValues(req)
    const { docs, next } = await listImages(db, context, readImageQuery(values))
    res.json({
      images: docs,
      first: pathWith(req, null),
      ...(next === null ? {} : { next: pathWith(req, next) }),
      schema: '/v2/schemas/images',
    })
  })
  on('post', '/images', async (req, res, context) => {
    const row = await database.transaction(trx => createImage(trx, context, req.body))
    res.location(`${rootUrl(req, 'v2')}/v2/images/${row.id}`)
    res.status(201).json(imageView(row))
  })
  on('get', '/images/:id', async (req, res, context) => {
    res.json(imageView(await visibleImage(db, context, param(req, 'id'))))
  })
  on('patch', '/images/:id', async (req, res, context) => {
    const version = patchVersion(req.headers['content-type'])
    if (!version) {
      res.setHeader(
        'accept-patch',
        'application/openstack-images-v2.0-json-patch, application/openstack-images-v2.1-json-patch',
      )
      throw new ImageError(415, 'Unsupported Content-Type for a change of an image.')
    }
    const row = await database.transaction(trx =>
      patchImage(trx, context, param(req, 'id'), req.body, version),
    )
    res.json(imageView(row))
  })
  on('delete', '/images/:id', async (req, res, context) => {
    await removeImage(state, context, param(req, 'id'))
    res.status(204).end()
  })

  on(
    'put',
    '/images/:id/file',
    async (req, res, context) => {
      if (!/^application\/octet-stream\b/i.test(req.headers['content-type'] ?? '')) {
        throw new ImageError(415, 'The Content-Type must be application/octet-stream.')
      }
      await storeData(state, context, param(req, 'id'), req)
      res.status(204).end()
    },
    false,
  )
  on('get', '/images/:id/file', (req, res, context) =>
    sendData(state, context, param(req, 'id'), req, res),
  )

  for (const [method, edit] of [
    ['put', 'add'],
    ['delete', 'remove'],
  ] as const) {
    on(method, '/images/:id/tags/:tag', async (req, res, context) => {
      await database.transaction(trx =>
        changeTag(trx, context, param(req, 'id'), param(req, 'tag'), edit),
      )
      res.status(204).end()
    })
  }
  for (const [action, active] of [
    ['deactivate', false],
    ['reactivate', true],
  ] as const) {
    on('post', `/images/:id/actions/${action}`, async (req, res, context) => {
      await database.transaction(trx => setActive(trx, context, param(req, 'id'), active))
      res.status(204).end()
    })
  }

  on('get', '/images/:id/members', async (req, res, context) => {
    res.json(await listMembers(db, context, param(req, 'id')))
  })
  on('post', '/images/:id/members', async (req, res, context) => {
    res.json(await database.transaction(trx => addMember(trx, context, param(req, 'id'), req.body)))
  })
  on('get', '/images/:id/members/:member', async (req, res, context) => {
    res.json(await showMember(db, context, param(req, 'id'), param(req, 'member')))
  })
  on('put', '/images/:id/members/:member', async (req, res, context) => {
    res.json(
      await database.transaction(trx =>
        setMemberStatus(trx, context, param(req, 'id'), param(req, 'member'), req.body),
      ),
    )
  })
  on('delete', '/images/:id/members/:member', async (req, res, context) => {
    await database.transaction(trx =>
      removeMember(trx, context, param(req, 'id'), param(req, 'member')),
    )
    res.status(204).end()
  })

  on('get', '/schemas/:name', async (req, res) => {
    const name = param(req, 'name')
    if (!Object.hasOwn(schemas, name)) throw new ImageError(404, 'The resource could not be found.')
    res.json(schemas[name])
  })
  router.use((_req, _res, next) => next(new ImageError(404, 'The resource could not be found.')))
  return router
}

const param = (req: Request, name: string): string => String(req.params[name])

/** The list's own path with its filters; for the next page, with the marker. */
const pathWith = (req: Request, marker: string | null): string => {
  const query = new URL(req.url, 'http://localhost').searchParams
  query.delete('marker')
  if (marker !== null) query.set('marker', marker)
  const text = query.toString()
  return text ? `/v2/images?${text}` : '/v2/images'
}

const answerOf = (error: unknown): readonly [status: number, message: string] => {
  if (error instanceof ImageError) return [error.status, error.message]
  const status = refusalStatus(error)
  if (status === 413) return [413, 'The body is too large.']
  if (status !== null) {
    return [400, 'Malformed request body or path']
  }
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : ''
  if (code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET') {
    return [400, 'The client closed the connection.']
  }
  if (code === 'ENOSPC') return [413, 'There is no space left for this image.']
  return [500, 'The server has either erred or is incapable of performing the requested operation.']
}
