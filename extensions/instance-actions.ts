import { createHash } from 'node:crypto'
import { translating } from '../controllers/faults.js'
import { changesBetween, nextLinks, pageOf } from '../controllers/pages.js'
import type { Req } from '../controllers/req.js'
import { linkBase } from '../controllers/resource-links.js'
import type { ApiServices } from '../controllers/services.js'
import { rawTime } from '../controllers/times.js'
import type { ComputeApi } from '../lib/compute/api.js'
import {
  type Instance,
  InstanceAction,
  type InstanceActionEvent,
  InstanceActionEventList,
  InstanceActionList,
} from '../lib/objects/index.js'
import type { Runtime } from '../lib/runtime/index.js'
import {
  apiVersion,
  behavioursOf,
  errors,
  expectedErrors,
  query,
  querySchema,
  serves,
  since,
  single,
  types,
  view,
  when,
} from '../lib/wsgi/index.js'

const listQuery = querySchema(
  {
    limit: since('2.58', single(types.queryInteger)),
    marker: since('2.58', single(types.string)),
    'changes-since': since('2.58', single(types.dateTime)),
    'changes-before': since('2.66', single(types.dateTime)),
  },
  { closedSince: '2.58' },
)

const actionView = view<InstanceAction>({
  action: action => action.action,
  instance_uuid: action => action.instanceUuid,
  request_id: action => action.requestId,
  user_id: action => action.userId,
  project_id: action => action.projectId,
  start_time: action => rawTime(action.startTime),
  message: action => action.message,
  updated_at: [action => rawTime(action.get('updatedAt')), since('2.58')],
})

interface EventViewContext {
  /** Of the server, for hostId. */
  readonly projectId: string
  /** os-instance-actions:events: traceback and host */
  readonly everything: boolean
  /** os-instance-actions:events:details */
  readonly details: boolean
}

const everything = when<EventViewContext>(context => context.everything)

const eventView = view<InstanceActionEvent, EventViewContext>({
  event: event => event.event,
  start_time: event => rawTime(event.startTime),
  finish_time: event => rawTime(event.finishTime),
  result: event => event.result,
  traceback: [event => event.traceback, everything],
  hostId: [(event, { projectId }) => hostId(projectId, event.get('host')), since('2.62')],
  host: [event => event.get('host') ?? undefined, since('2.62'), everything],
  details: [
    event => event.get('details') ?? null,
    since('2.84'),
    when<EventViewContext>(context => context.details),
  ],
})

const hostId = (projectId: string, host: string | null | undefined): string =>
  host ? createHash('sha224').update(`${projectId}${host}`).digest('hex') : ''

const behaviours = behavioursOf({
  /** Owners see events; before, only who sees everything does. */
  eventsForOwners: since('2.51'),
  ofDeletedServers: since('2.21'),
})

const listing = translating({ 400: ['MarkerNotFound'] })

/** /servers/{server_id}/os-instance-actions: what was done with a server, and how it went. */
export class InstanceActionsController {
  readonly #runtime: Runtime
  readonly #compute: ComputeApi

  constructor({ runtime, compute }: ApiServices) {
    this.#runtime = runtime
    this.#compute = compute
  }

  @query(listQuery)
  @apiVersion('2.1', '2.57')
  @expectedErrors(404)
  async index(req: Req): Promise<object> {
    const instance = await this.#server(req, 'list')
    const { objects } = await InstanceActionList.getByInstanceUuid(
      instance.requireContext('index'),
      instance.uuid,
    )
    return { instanceActions: objects.map(actionView.bind(req.version, null)) }
  }

  @serves('index')
  @query(listQuery)
  @apiVersion('2.58')
  @expectedErrors(400, 404)
  async indexByPage(req: Req): Promise<object> {
    const { max_limit, compute_link_prefix } = this.#runtime.conf.api
    const page = pageOf(req, max_limit)
    const instance = await this.#server(req, 'list')
    const filters = changesBetween(req.query)
    const { objects } = await listing(() =>
      InstanceActionList.getByInstanceUuid(instance.requireContext('index'), instance.uuid, {
        limit: page.limit,
        marker: page.marker,
        filters,
      }),
    )
    const next = nextLinks(
      req,
      linkBase(req, compute_link_prefix),
      `servers/${instance.uuid}/os-instance-actions`,
      page,
      objects.map(({ requestId }) => requestId ?? ''),
    )
    return {
      instanceActions: objects.map(actionView.bind(req.version, null)),
      ...(next.length ? { links: next } : {}),
    }
  }

  @query(querySchema({}))
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    const instance = await this.#server(req, 'show')
    const cell = instance.requireContext('show')
    const { id } = req.params
    const action = await InstanceAction.getByRequestId(cell, instance.uuid, id)
    if (!action) throw errors.notFound(`Action ${id} not found`)
    const context: EventViewContext = {
      projectId: instance.projectId ?? '',
      everything: req.context.may('os_compute_api:os-instance-actions:events', instance),
      details: req.context.may('os_compute_api:os-instance-actions:events:details', instance),
    }
    const document = actionView.at(req.version)(action, null)
    if (!context.everything && !behaviours.at(req.version).eventsForOwners) {
      return { instanceAction: document }
    }
    const { objects } = await InstanceActionEventList.getByAction(cell, action.id)
    const events = objects.map(eventView.bind(req.version, context))
    return { instanceAction: { ...document, events } }
  }

  async #server(req: Req, rule: string): Promise<Instance> {
    const context = behaviours.at(req.version).ofDeletedServers
      ? req.context.with({ readDeleted: 'yes' })
      : req.context
    const instance = await this.#compute.get(context, req.params.server_id ?? '', [])
    req.context.can(`os_compute_api:os-instance-actions:${rule}`, instance)
    return instance
  }
}

export const extension = {
  alias: 'os-instance-actions',
  name: 'InstanceActions',
  description: 'View a log of actions and events taken on an instance.',
  resources: [
    {
      collection: 'os-instance-actions',
      controller: InstanceActionsController,
      parent: { memberName: 'server', collectionName: 'servers' },
    },
  ],
}
