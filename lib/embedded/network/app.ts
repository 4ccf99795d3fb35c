import express, { type NextFunction, type Request, type Response, type Router } from 'express'
import type { RequestContext } from '../../context/index.js'
import type { Database } from '../../db/database.js'
import { isRecord } from '../../util/is-record.js'
import {
  contextOf,
  isAdmin,
  refusalStatus,
  refuseDeep,
  rootUrl,
  withRequestId,
} from '../support/request.js'
import { type Caller, owned, visible } from './caller.js'
import { type Collection, collections } from './collections.js'
import { tags } from './convert.js'
import { badRequest, forbidden, NeutronError, noRoute } from './errors.js'
import { extensions } from './extensions.js'
import { listCollection } from './list.js'
import { activateBinding, createBinding, deleteBinding, listBindings } from './port-bindings.js'
import type { PortEvent } from './port-events.js'
import { readFields } from './query.js'
import { defaultQuotas, projectsWithQuotas, quotasOf, resetQuotas, setQuotas } from './quotas.js'
import { changed, shownTo } from './resource.js'
import { addInterface, removeInterface } from './routers.js'
import { count, type Doc, type NetworkSchema, replace } from './store.js'

export interface NetworkAppOptions {
  readonly database: Database<NetworkSchema>
  /** `WWW-Authenticate` of a 401 names this address */
  readonly identityUrl?: string
  /** Is given what compute should know, once it is done. */
  readonly tell?: (events: readonly PortEvent[]) => void
  /** What went wrong here, for the operator; the client reads a fixed text. */
  readonly onError?: (error: unknown) => void
}

type Handler = (req: Request, context: RequestContext) => Promise<Answer>

interface Answer {
  readonly status: number
  readonly body?: Doc
}

/** Bytes; a body of Neutron's is a few kB at most, but for bulk creation. */
const BODY_LIMIT = 1024 * 1024

/** The network service: versions at `/`, the API below `/v2.0`. */
export const createNetworkApp = (options: NetworkAppOptions): express.Express => {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  app.use(withRequestId)
  app.get('/', (req, res, next) => {
    // Mounted at its version, this is the version's own document.
    if (req.baseUrl.endsWith('/v2.0')) return next()
    res.json({ versions: [version(req)] })
  })
  const api = networkApi(options)
  app.use('/v2.0', api)
  app.use('/', api)
  app.use((error: unknown, _req: Request, res: Response, next: NextFunction) =>
    res.headersSent ? next(error) : sendError(res, error, options),
  )
  return app
}

const version = (req: Request): Doc => ({
  id: 'v2.0',
  status: 'CURRENT',
  links: [{ rel: 'self', href: `${rootUrl(req, 'v2.0')}/v2.0/` }],
})

const networkApi = (options: NetworkAppOptions): Router => {
  const { database } = options
  const router = express.Router()
  // Old clients put `.json` behind every path.
  router.use((req, _res, next) => {
    req.url = req.url.replace(/\.json(?=\?|$)/, '')
    next()
  })
  router.use((req, res, next) => {
    if (contextOf(req)) return next()
    res.set('www-authenticate', `Keystone uri="${options.identityUrl ?? ''}"`)
    res.status(401).json({
      error: {
        code: 401,
        message: 'The request you have made requires authentication.',
        title: 'Unauthorized',
      },
    })
  })
  router.use(
    express.json({ limit: BODY_LIMIT, type: () => true, strict: false, verify: refuseDeep }),
  )

  const on = (method: 'get' | 'post' | 'put' | 'delete', path: string, handler: Handler): void => {
    router[method](path, async (req, res) => {
      const context = contextOf(req)
      if (!context) throw noRoute()
      const { status, body } = await handler(req, context)
      if (body === undefined) res.status(status).end()
      else res.status(status).json(body)
    })
  }
  /** All or nothing, and one after the other. */
  const within = async <T>(
    context: RequestContext,
    work: (caller: Caller) => Promise<T>,
  ): Promise<T> => {
    let told: PortEvent[] = []
    const result = await database.transaction(db => {
      told = []
      return work({ db, context, told })
    })
    if (told.length > 0) options.tell?.(told)
    return result
  }

  on('get', '/', async req => ({
    status: 200,
    body: {
      resources: collections.map(({ def: { kind, collection } }) => ({
        name: kind,
        collection,
        links: [{ rel: 'self', href: `${rootUrl(req, 'v2.0')}/v2.0/${pathOf(collection)}` }],
      })),
    },
  }))
  for (const collection of collections) mountCollection(collection, on, within, database)

  for (const [action, run] of [
    ['add_router_interface', addInterface],
    ['remove_router_interface', removeInterface],
  ] as const) {
    on('put', `/routers/:id/${action}`, async (req, context) => ({
      status: 200,
      body: await within(context, caller => run(caller, param(req, 'id'), req.body)),
    }))
  }
  mountBindings(on, within, database)
  mountQuotas(on, within, database)
  mountFixed(on)
  router.use((_req, _res, next) => next(noRoute()))
  return router
}

type On = (method: 'get' | 'post' | 'put' | 'delete', path: string, handler: Handler) => void
type Within = <T>(context: RequestContext, work: (caller: Caller) => Promise<T>) => Promise<T>

const pathOf = (collection: string): string => collection.replaceAll('_', '-')

const param = (req: Request, name: string): string => String(req.params[name])

const mountCollection = (
  collection: Collection,
  on: On,
  within: Within,
  database: Database<NetworkSchema>,
): void => {
  const { def, create, update, remove, complete } = collection
  const path = `/${pathOf(def.collection)}`
  const { kind } = def

  on('get', path, async (req, context) => ({
    status: 200,
    body: await listCollection(collection, { db: database.kysely, context }, req),
  }))
  on('post', path, async (req, context) => {
    const { body } = req
    const many = isRecord(body) ? body[def.collection] : undefined
    const docs = await within(context, async caller => {
      if (!Array.isArray(many)) return [await create(caller, one(body, kind))]
      const made = []
      for (const item of many) made.push(await create(caller, one(item, kind)))
      return made
    })
    const shown = docs.map(doc => shownTo(def, doc, context, null))
    return {
      status: 201,
      body: Array.isArray(many) ? { [def.collection]: shown } : { [kind]: shown[0] },
    }
  })
  on('get', `${path}/:id`, async (req, context) => {
    const caller = { db: database.kysely, context }
    const stored = await visible(caller, kind, param(req, 'id'))
    const [doc = stored] = complete ? await complete(caller.db, [stored]) : [stored]
    return { status: 200, body: { [kind]: shownTo(def, doc, context, readFields(req)) } }
  })
  if (update) {
    on('put', `${path}/:id`, async (req, context) => {
      const doc = await within(context, caller =>
        update(caller, param(req, 'id'), one(req.body, kind)),
      )
      return { status: 200, body: { [kind]: shownTo(def, doc, context, null) } }
    })
  }
  on('delete', `${path}/:id`, async (req, context) => {
    await within(context, caller => remove(caller, param(req, 'id')))
    return { status: 204 }
  })
  mountTags(`${path}/:id`, kind, on, within, database)
}

/** Bindings of a port to hosts beside the one that counts. */
const mountBindings = (on: On, within: Within, database: Database<NetworkSchema>): void => {
  const path = '/ports/:id/bindings'
  on('get', path, async (req, context) => ({
    status: 200,
    body: await listBindings({ db: database.kysely, context }, param(req, 'id')),
  }))
  on('post', path, async (req, context) => ({
    status: 201,
    body: await within(context, caller => createBinding(caller, param(req, 'id'), req.body)),
  }))
  on('put', `${path}/:host/activate`, async (req, context) => ({
    status: 200,
    body: await within(context, caller =>
      activateBinding(caller, param(req, 'id'), param(req, 'host')),
    ),
  }))
  on('delete', `${path}/:host`, async (req, context) => {
    await within(context, caller => deleteBinding(caller, param(req, 'id'), param(req, 'host')))
    return { status: 204 }
  })
}

/** What stands under the resource's name. */
const one = (body: unknown, kind: string): unknown => {
  if (!isRecord(body)) throw badRequest('Resource body required')
  // In a bulk request the items may stand bare.
  if (!Object.hasOwn(body, kind)) throw badRequest(`Unable to find '${kind}' in request body`)
  return body[kind]
}

const mountTags = (
  path: string,
  kind: string,
  on: On,
  within: Within,
  database: Database<NetworkSchema>,
): void => {
  const tagsOf = (doc: Doc): string[] => (Array.isArray(doc.tags) ? doc.tags.map(String) : [])
  const noTag = (tag: string): NeutronError =>
    new NeutronError(404, 'TagNotFound', `Tag ${tag} could not be found.`)
  const change = (
    context: RequestContext,
    id: string,
    edit: (tags: readonly string[]) => string[],
  ): Promise<string[]> =>
    within(context, async caller => {
      const doc = await owned(caller, kind, id)
      const list = edit(tagsOf(doc))
      await replace(caller.db, kind, changed(doc, { tags: list }))
      return list
    })

  on('get', `${path}/tags`, async (req, context) => {
    const doc = await visible({ db: database.kysely, context }, kind, param(req, 'id'))
    return { status: 200, body: { tags: tagsOf(doc) } }
  })
  on('put', `${path}/tags`, async (req, context) => {
    const list = readTags(isRecord(req.body) ? req.body.tags : undefined)
    return { status: 200, body: { tags: await change(context, param(req, 'id'), () => list) } }
  })
  on('delete', `${path}/tags`, async (req, context) => {
    await change(context, param(req, 'id'), () => [])
    return { status: 204 }
  })
  on('get', `${path}/tags/:tag`, async (req, context) => {
    const doc = await visible({ db: database.kysely, context }, kind, param(req, 'id'))
    if (!tagsOf(doc).includes(param(req, 'tag'))) throw noTag(param(req, 'tag'))
    return { status: 204 }
  })
  on('put', `${path}/tags/:tag`, async (req, context) => {
    const tag = param(req, 'tag')
    await change(context, param(req, 'id'), old => readTags([...new Set([...old, tag])]))
    return { status: 201 }
  })
  on('delete', `${path}/tags/:tag`, async (req, context) => {
    const tag = param(req, 'tag')
    await change(context, param(req, 'id'), old => {
      if (!old.includes(tag)) throw noTag(tag)
      return old.filter(other => other !== tag)
    })
    return { status: 204 }
  })
}

const readTags = (value: unknown): string[] => {
  try {
    return tags(value) as string[]
  } catch (error) {
    throw badRequest(
      `Invalid input for tags. Reason: ${error instanceof Error ? error.message : ''}.`,
    )
  }
}

const mountQuotas = (on: On, within: Within, database: Database<NetworkSchema>): void => {
  const readable = (req: Request, context: RequestContext): string => {
    const project = param(req, 'project')
    if (project !== context.projectId && !isAdmin(context)) throw forbidden('rule:get_quota')
    return project
  }
  const administered = (req: Request, context: RequestContext, rule: string): string => {
    if (!isAdmin(context)) throw forbidden(`rule:${rule}`)
    return param(req, 'project')
  }

  on('get', '/quotas', async (_req, context) => {
    if (!isAdmin(context)) throw forbidden('rule:get_quota')
    const quotas = []
    for (const project of await projectsWithQuotas(database.kysely)) {
      const limits = await quotasOf(database.kysely, project)
      quotas.push({ ...limits, tenant_id: project, project_id: project })
    }
    return { status: 200, body: { quotas } }
  })
  on('get', '/quotas/tenant', async (_req, context) => ({
    status: 200,
    body: { tenant: { tenant_id: context.projectId } },
  }))
  on('get', '/quotas/:project', async (req, context) => ({
    status: 200,
    body: { quota: await quotasOf(database.kysely, readable(req, context)) },
  }))
  on('get', '/quotas/:project/default', async (req, context) => {
    readable(req, context)
    return { status: 200, body: { quota: { ...defaultQuotas } } }
  })
  on('get', '/quotas/:project/details', async (req, context) => {
    const project = readable(req, context)
    const quota: Doc = {}
    for (const [resource, limit] of Object.entries(await quotasOf(database.kysely, project))) {
      const used = await count(database.kysely, resource, project)
      quota[resource] = { limit, used, reserved: 0 }
    }
    return { status: 200, body: { quota } }
  })
  on('put', '/quotas/:project', async (req, context) => {
    const project = administered(req, context, 'update_quota')
    const quotas = readQuotas(one(req.body, 'quota'))
    const quota = await within(context, async ({ db }) => {
      await setQuotas(db, project, quotas)
      return quotasOf(db, project)
    })
    return { status: 200, body: { quota } }
  })
  on('delete', '/quotas/:project', async (req, context) => {
    const project = administered(req, context, 'delete_quota')
    await within(context, ({ db }) => resetQuotas(db, project))
    return { status: 204 }
  })
}

const readQuotas = (values: unknown): Record<string, number> => {
  if (!isRecord(values)) throw badRequest('Resource body required')
  const quotas: Record<string, number> = {}
  for (const [resource, value] of Object.entries(values)) {
    if (resource === 'tenant_id' || resource === 'project_id' || resource === 'force') continue
    if (!Object.hasOwn(defaultQuotas, resource)) {
      throw badRequest(`Unrecognized attribute(s) '${resource}'`)
    }
    const limit = typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value
    if (
      typeof limit !== 'number' ||
      !Number.isInteger(limit) ||
      limit < -1 ||
      limit > 2 ** 31 - 1
    ) {
      throw badRequest(
        `Invalid input for ${resource}. Reason: '${value}' is not in range -1 through ${2 ** 31 - 1}.`,
      )
    }
    quotas[resource] = limit
  }
  return quotas
}

/** Answers that do not depend on anything stored. */
const mountFixed = (on: On): void => {
  on('get', '/extensions', async () => ({ status: 200, body: { extensions: [...extensions] } }))
  on('get', '/extensions/:alias', async req => {
    const alias = param(req, 'alias')
    const extension = extensions.find(one => one.alias === alias)
    if (!extension) {
      throw new NeutronError(404, 'HTTPNotFound', `Extension with alias ${alias} does not exist`)
    }
    return { status: 200, body: { extension } }
  })
  const zones = ['network', 'router'].map(resource => ({
    name: 'nova',
    resource,
    state: 'available',
  }))
  for (const [path, key, list] of [
    ['agents', 'agents', []],
    ['availability_zones', 'availability_zones', zones],
    ['subnetpools', 'subnetpools', []],
    ['service-providers', 'service_providers', []],
  ] as const) {
    on('get', `/${path}`, async () => ({ status: 200, body: { [key]: [...list] } }))
  }
}

const sendError = (res: Response, error: unknown, options: NetworkAppOptions): void => {
  const answer = asNeutronError(error)
  if (answer.status >= 500) options.onError?.(error)
  res.status(answer.status).json({
    NeutronError: { type: answer.type, message: answer.message, detail: '' },
  })
}

const asNeutronError = (error: unknown): NeutronError => {
  if (error instanceof NeutronError) return error
  const status = refusalStatus(error)
  if (status === 413)
    return new NeutronError(413, 'HTTPRequestEntityTooLarge', 'The body is too large.')
  if (status !== null) {
    return badRequest('Malformed request body or path')
  }
  return new NeutronError(
    500,
    'HTTPInternalServerError',
    'Request Failed: internal server error while processing your request.',
  )
}
