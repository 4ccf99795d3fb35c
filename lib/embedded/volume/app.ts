import express, { type NextFunction, type Request, type Response, type Router } from 'express'
import type { RequestContext } from '../../context/index.js'
import { isRecord } from '../../util/is-record.js'
import type { ServerEvent } from '../support/compute-notifier.js'
import {
  contextOf,
  isAdmin,
  queryValues,
  refusalStatus,
  refuseDeep,
  rootUrl,
  withRequestId,
} from '../support/request.js'
import { act } from './actions.js'
import {
  completeAttachment,
  createAttachment,
  removeAttachment,
  updateAttachment,
  visibleAttachment,
} from './attachments.js'
import { badRequest, faultBody, forbidden, VolumeError } from './errors.js'
import { pageOf } from './list.js'
import { MAX_MINOR, minorFor, withMicroversion } from './microversion.js'
import { absoluteLimits, classKey, quotaView, updateQuotas } from './quotas.js'
import { bodyOf, metadataOf } from './read.js'
import type { VolumeState } from './service.js'
import {
  createSnapshot,
  describeSnapshot,
  removeSnapshot,
  updateSnapshot,
  visibleSnapshot,
} from './snapshots.js'
import { attachmentsOf, type Db, timeNow, type VolumeRow } from './store.js'
import { createType, findType, removeType, setExtraSpecs } from './types.js'
import {
  attachmentView,
  snapshotView,
  typeView,
  type ViewContext,
  volumeSummary,
  volumeView,
} from './view.js'
import {
  createVolume,
  describeVolume,
  removeVolume,
  updateVolume,
  visibleVolume,
  volumeMetadata,
  ZONE,
} from './volumes.js'

export interface VolumeAppOptions {
  readonly state: VolumeState
  /** `WWW-Authenticate` of a 401 names this address */
  readonly identityUrl?: string
  /** What went wrong here, for the operator; the client reads a fixed text. */
  readonly onError?: (error: unknown) => void
}

/** The volume service: versions at `/`, the API below `/v3`, with and without the project's id. */
export const createVolumeApp = (options: VolumeAppOptions): express.Express => {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  app.use(withRequestId)
  app.get('/', (req, res) => {
    res.status(300).json(versions(req))
  })
  app.get('/v3', (req, res) => {
    res.json(versions(req))
  })
  const api = volumeApi(options)
  app.use('/v3/:project', (req, res, next) => {
    const { project = '' } = req.params
    if (!/^(?:[0-9a-f]{32}|[0-9a-f-]{36})$/.test(project)) return next()
    const context = contextOf(req)
    if (context && project !== context.projectId && !isAdmin(context)) {
      return next(badRequest('Malformed request url'))
    }
    res.locals.project = project
    api(req, res, next)
  })
  app.use('/v3', api)
  app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error)
    const [status, message] = answerOf(error)
    if (status >= 500) options.onError?.(error)
    res.status(status).json(faultBody(status, message))
  })
  return app
}

const versions = (req: Request) => ({
  versions: [
    {
      id: 'v3.0',
      status: 'CURRENT',
      version: `3.${MAX_MINOR}`,
      min_version: '3.0',
      updated: '2023-08-31T00:00:00Z',
      links: [{ rel: 'self', href: `${rootUrl(req, 'v3')}/v3/` }],
      'media-types': [
        { base: 'application/json', type: 'application/vnd.openstack.volume+json;version=3' },
      ],
    },
  ],
})

interface Call {
  readonly req: Request
  readonly context: RequestContext
  readonly db: Db
  readonly id: string
  readonly view: ViewContext
  /** What compute is to be told when all is done. */
  readonly told: ServerEvent[]
}

type Verb = 'get' | 'post' | 'put' | 'delete'

const volumeApi = ({ state, identityUrl }: VolumeAppOptions): Router => {
  const { database, findImage, tell } = state
  const router = express.Router({ mergeParams: true })
  router.use((req, res, next) => {
    if (contextOf(req)) return next()
    res.set('www-authenticate', `Keystone uri="${identityUrl ?? ''}"`)
    next(new VolumeError(401, 'The request you have made requires authentication.'))
  })
  router.use(withMicroversion)
  router.use(
    express.json({ limit: 1024 * 1024, type: () => true, strict: false, verify: refuseDeep }),
  )
  const on = (verb: Verb, path: string, run: Run): void => {
    router[verb](path, async (req: Request, res: Response) => {
      const context = contextOf(req)
      if (!context) return
      const view = viewOf(req, res, context)
      const call = { req, context, id: String(req.params.id ?? ''), view }
      let told: ServerEvent[] = []
      // What changes something is done as a whole or not at all, and answered when it is.
      const { status, body } =
        verb === 'get'
          ? await run({ ...call, db: database.kysely, told })
          : await database.transaction(db => {
              told = []
              return run({ ...call, db, told })
            })
      if (told.length > 0) tell?.(told)
      res.status(status)
      if (body === undefined) res.end()
      else res.json(body)
    })
  }
  volumeRoutes(on, findImage)
  snapshotRoutes(on)
  attachmentRoutes(on)
  typeRoutes(on)
  otherRoutes(on)
  router.use((_req, _res, next) => next(new VolumeError(404, 'The resource could not be found.')))
  return router
}

interface Reply {
  readonly status: number
  readonly body?: object | undefined
}

const reply = (status: number, body?: object): Reply => ({ status, body })

type Run = (call: Call) => Promise<Reply>
type On = (verb: Verb, path: string, run: Run) => void

const viewOf = (req: Request, res: Response, context: RequestContext): ViewContext => {
  const root = rootUrl(req, 'v3').replace(/\/v3(\/[^/]*)?$/, '')
  const project = res.locals.project ?? context.projectId ?? ''
  return {
    minor: minorFor(res),
    isAdmin: isAdmin(context),
    base: `${root}/v3/${project}`,
    bookmark: `${root}/${project}`,
  }
}

const nextLink = ({ req, view }: Call, collection: string, marker: string | null) => {
  if (marker === null) return {}
  const query = new URL(req.url, 'http://localhost').searchParams
  query.set('marker', marker)
  const href = `${view.base}${req.path}?${query}`
  return { [`${collection}_links`]: [{ rel: 'next', href }] }
}

const documentsOf = async (db: Db, rows: readonly VolumeRow[], view: ViewContext) => {
  const attachments = await attachmentsOf(
    db,
    rows.map(({ id }) => id),
  )
  const byVolume = Map.groupBy(attachments, ({ volume_id }) => volume_id)
  return rows.map(row => volumeView(row, byVolume.get(row.id) ?? [], view))
}

const volumeRoutes = (on: On, findImage: VolumeState['findImage']): void => {
  const page = async ({ db, req, context }: Call) =>
    pageOf(await db.selectFrom('volumes').selectAll().execute(), queryValues(req), context)
  const document = async ({ db, view }: Call, row: VolumeRow) =>
    (await documentsOf(db, [row], view))[0]

  on('get', '/volumes', async call => {
    const { rows, next } = await page(call)
    const volumes = rows.map(row => volumeSummary(row, call.view))
    return reply(200, { volumes, ...nextLink(call, 'volumes', next) })
  })
  on('get', '/volumes/detail', async call => {
    const { rows, next } = await page(call)
    const volumes = await documentsOf(call.db, rows, call.view)
    return reply(200, { volumes, ...nextLink(call, 'volumes', next) })
  })
  on('post', '/volumes', async call => {
    const { db, context, req, view } = call
    const row = await createVolume(db, context, req.body, findImage)
    return reply(202, { volume: volumeView({ ...row, status: 'creating' }, [], view) })
  })
  on('get', '/volumes/:id', async call => {
    const row = await visibleVolume(call.db, call.context, call.id)
    return reply(200, { volume: await document(call, row) })
  })
  on('put', '/volumes/:id', async call => {
    const row = await describeVolume(call.db, call.context, call.id, call.req.body)
    return reply(200, { volume: await document(call, row) })
  })
  on('delete', '/volumes/:id', async ({ db, context, id, req }) => {
    const query = queryValues(req)
    const flag = (key: string) => /^(true|1|)$/i.test(query.get(key)?.at(-1) ?? 'no')
    await removeVolume(db, context, id, { cascade: flag('cascade'), force: flag('force') })
    return reply(202)
  })
  on('post', '/volumes/:id/action', async ({ db, context, id, req, view, told }) => {
    const { minor } = view
    const { status, body } = await act({ db, context, id, minor, findImage, told }, req.body)
    return reply(status, body)
  })
  on('get', '/volumes/:id/metadata', async ({ db, context, id }) => {
    return reply(200, { metadata: volumeMetadata(await visibleVolume(db, context, id)) })
  })
  const writeMetadata = (verb: 'post' | 'put') =>
    on(verb, '/volumes/:id/metadata', async ({ db, context, id, req }) => {
      const row = await visibleVolume(db, context, id)
      const given = metadataOf(bodyOf(req.body, 'metadata'))
      const metadata = verb === 'put' ? given : { ...volumeMetadata(row), ...given }
      await updateVolume(db, row.id, { metadata: JSON.stringify(metadata) })
      return reply(200, { metadata })
    })
  writeMetadata('post')
  writeMetadata('put')
  on('delete', '/volumes/:id/metadata/:key', async ({ db, context, id, req }) => {
    const row = await visibleVolume(db, context, id)
    const key = String(req.params.key)
    const { [key]: old, ...rest } = volumeMetadata(row)
    if (old === undefined) throw new VolumeError(404, `Metadata ${key.slice(0, 64)} not found.`)
    await updateVolume(db, row.id, { metadata: JSON.stringify(rest) })
    return reply(200)
  })
}

const snapshotRoutes = (on: On): void => {
  for (const [path, detailed] of [
    ['/snapshots', false],
    ['/snapshots/detail', true],
  ] as const) {
    on('get', path, async call => {
      const all = await call.db.selectFrom('snapshots').selectAll().execute()
      const { rows, next } = pageOf(all, queryValues(call.req), call.context)
      const snapshots = rows.map(row => snapshotView(row, detailed))
      return reply(200, { snapshots, ...nextLink(call, 'snapshots', next) })
    })
  }
  on('post', '/snapshots', async ({ db, context, req, view }) => {
    const row = await createSnapshot(db, context, req.body, view.minor)
    return reply(202, { snapshot: snapshotView({ ...row, status: 'creating' }, false) })
  })
  on('get', '/snapshots/:id', async ({ db, context, id }) => {
    return reply(200, { snapshot: snapshotView(await visibleSnapshot(db, context, id), true) })
  })
  on('put', '/snapshots/:id', async ({ db, context, id, req }) => {
    const row = await describeSnapshot(db, context, id, req.body)
    return reply(200, { snapshot: snapshotView(row, false) })
  })
  on('delete', '/snapshots/:id', async ({ db, context, id }) => {
    await removeSnapshot(db, context, id)
    return reply(202)
  })
  on('post', '/snapshots/:id/action', async ({ db, context, id, req }) => {
    const row = await visibleSnapshot(db, context, id)
    const { status } = bodyOf(req.body, 'os-reset_status')
    if (!isAdmin(context)) throw forbidden('volume_extension:snapshot_admin_actions:reset_status')
    if (typeof status === 'string') await updateSnapshot(db, row.id, { status })
    return reply(202)
  })
}

const attachmentRoutes = (on: On): void => {
  for (const path of ['/attachments', '/attachments/detail']) {
    on('get', path, async ({ db, context, req }) => {
      const all = await db.selectFrom('attachments').selectAll().execute()
      const listed = all.map(row => ({ ...row, created_at: row.attached_at ?? '' }))
      const { rows } = pageOf(listed, queryValues(req), context)
      return reply(200, { attachments: rows.map(attachmentView) })
    })
  }
  on('post', '/attachments', async ({ db, context, req }) => {
    return reply(200, { attachment: attachmentView(await createAttachment(db, context, req.body)) })
  })
  on('get', '/attachments/:id', async ({ db, context, id }) => {
    return reply(200, { attachment: attachmentView(await visibleAttachment(db, context, id)) })
  })
  on('put', '/attachments/:id', async ({ db, context, id, req }) => {
    return reply(200, {
      attachment: attachmentView(await updateAttachment(db, context, id, req.body)),
    })
  })
  on('delete', '/attachments/:id', async ({ db, context, id }) => {
    const left = await removeAttachment(db, context, id)
    return reply(200, { attachments: left.map(attachmentView) })
  })
  on('post', '/attachments/:id/action', async ({ db, context, id, req }) => {
    if (!isRecord(req.body) || !('os-complete' in req.body)) {
      throw badRequest('There is no such action.')
    }
    await completeAttachment(db, context, id)
    return reply(204)
  })
}

const typeRoutes = (on: On): void => {
  const administrator = ({ context }: Call): void => {
    if (!isAdmin(context)) throw forbidden('volume_extension:types_manage')
  }
  on('get', '/types', async ({ db, context }) => {
    const rows = await db.selectFrom('types').selectAll().orderBy('name').execute()
    const shown = rows.filter(row => row.is_public === 1 || isAdmin(context))
    return reply(200, { volume_types: shown.map(typeView) })
  })
  on('post', '/types', async call => {
    administrator(call)
    return reply(200, { volume_type: typeView(await createType(call.db, call.req.body)) })
  })
  on('get', '/types/default', async ({ db }) => {
    return reply(200, { volume_type: typeView(await findType(db, null)) })
  })
  on('get', '/types/:id', async ({ db, id }) => {
    return reply(200, { volume_type: typeView(await findType(db, id)) })
  })
  on('delete', '/types/:id', async call => {
    administrator(call)
    await removeType(call.db, call.id)
    return reply(202)
  })
  on('get', '/types/:id/extra_specs', async ({ db, id }) => {
    return reply(200, { extra_specs: JSON.parse((await findType(db, id)).extra_specs) })
  })
  on('post', '/types/:id/extra_specs', async call => {
    administrator(call)
    return reply(200, { extra_specs: await setExtraSpecs(call.db, call.id, call.req.body) })
  })
  on('get', '/types/:id/encryption', async ({ db, id }) => {
    await findType(db, id)
    return reply(200, {})
  })
}

const otherRoutes = (on: On): void => {
  on('get', '/limits', async ({ db, context }) => {
    const absolute = await absoluteLimits(db, context.projectId ?? '')
    return reply(200, { limits: { rate: [], absolute } })
  })
  on('get', '/os-quota-sets/:id', async ({ db, context, id, req }) => {
    if (id !== context.projectId && !isAdmin(context))
      throw forbidden('volume_extension:quotas:show')
    const usage = /^true$/i.test(queryValues(req).get('usage')?.at(-1) ?? '')
    return reply(200, { quota_set: await quotaView(db, id, usage) })
  })
  on('get', '/os-quota-sets/:id/defaults', async ({ db, id }) => {
    return reply(200, { quota_set: { ...(await quotaView(db, '', false)), id } })
  })
  on('put', '/os-quota-sets/:id', async ({ db, context, id, req }) => {
    if (!isAdmin(context)) throw forbidden('volume_extension:quotas:update')
    await updateQuotas(db, id, isRecord(req.body) ? req.body.quota_set : null)
    return reply(200, { quota_set: await quotaView(db, id, false) })
  })
  on('delete', '/os-quota-sets/:id', async ({ db, context, id }) => {
    if (!isAdmin(context)) throw forbidden('volume_extension:quotas:delete')
    await db.deleteFrom('quotas').where('project_id', '=', id).execute()
    return reply(200)
  })
  on('get', '/os-quota-class-sets/:id', async ({ db, context, id }) => {
    if (!isAdmin(context)) throw forbidden('volume_extension:quota_classes:get')
    return reply(200, { quota_class_set: { ...(await quotaView(db, classKey(id), false)), id } })
  })
  on('put', '/os-quota-class-sets/:id', async ({ db, context, id, req }) => {
    if (!isAdmin(context)) throw forbidden('volume_extension:quota_classes:update')
    await updateQuotas(db, classKey(id), isRecord(req.body) ? req.body.quota_class_set : null)
    const { id: _, ...limits } = await quotaView(db, classKey(id), false)
    return reply(200, { quota_class_set: limits })
  })
  on('get', '/os-availability-zone', async () => {
    return reply(200, {
      availabilityZoneInfo: [{ zoneName: ZONE, zoneState: { available: true } }],
    })
  })
  on('get', '/os-services', async ({ context }) => {
    if (!isAdmin(context)) throw forbidden('volume_extension:services:index')
    const up = { zone: ZONE, status: 'enabled', state: 'up', updated_at: timeNow() }
    return reply(200, {
      services: [
        { binary: 'cinder-volume', host: 'kilonova@embedded', ...up, disabled_reason: null },
      ],
    })
  })
  on('get', '/extensions', async () => {
    return reply(200, { extensions: [] })
  })
}

const answerOf = (error: unknown): readonly [status: number, message: string] => {
  if (error instanceof VolumeError) return [error.status, error.message]
  const status = refusalStatus(error)
  if (status === 413) return [413, 'Request is too large.']
  if (status !== null) {
    return [400, 'Malformed request body or path']
  }
  return [500, 'The server has either erred or is incapable of performing the requested operation.']
}
