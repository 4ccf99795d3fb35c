import { isNotImplemented } from '../controllers/faults.js'
import { hostApiOf } from '../controllers/hosts.js'
import { statisticsOf } from '../controllers/hypervisors/statistics.js'
import {
  briefView,
  detailView,
  type ServerOfHost,
  type ShownHypervisor,
  uptimeView,
} from '../controllers/hypervisors/view.js'
import { nextLinks, type Page, pageOf } from '../controllers/pages.js'
import type { Req } from '../controllers/req.js'
import { linkBase } from '../controllers/resource-links.js'
import type { ApiServices } from '../controllers/services.js'
import { uuidOf } from '../controllers/uuid-of.js'
import type { ComputeApi } from '../lib/compute/api.js'
import type { HostApi, Hypervisor } from '../lib/compute/host-api.js'
import { ComputeHostNotFound } from '../lib/exception/index.js'
import { InstanceList, instanceNamer } from '../lib/objects/index.js'
import { MessagingTimeout } from '../lib/rpc/index.js'
import type { Runtime } from '../lib/runtime/index.js'
import { Semaphore } from '../lib/util/semaphore.js'
import {
  apiVersion,
  behavioursOf,
  boolFromString,
  errors,
  expectedErrors,
  multiple,
  query,
  querySchema,
  serves,
  since,
  single,
  types,
} from '../lib/wsgi/index.js'

const paged = querySchema({ limit: multiple(types.queryInteger), marker: multiple(types.string) })
const withServers = single(types.boolean)
const listQuery = querySchema(
  {
    limit: single(types.queryInteger),
    marker: single(types.string),
    hypervisor_hostname_pattern: single(types.hostname),
    with_servers: withServers,
  },
  { closedSince: '2.53' },
)
const showQuery = querySchema({ with_servers: withServers }, { closedSince: '2.53' })
const anyQuery = { type: 'object' }

/** Hosts that are asked for their uptime at once, for one list. */
const ASKED_AT_ONCE = 8

const behaviours = behavioursOf({
  byUuid: since('2.53'),
  uptimeInDetail: since('2.88'),
})

const COLLECTION = 'os-hypervisors'

/** /os-hypervisors: the nodes that servers run on. */
export class HypervisorsController {
  readonly #runtime: Runtime
  readonly #compute: ComputeApi
  readonly #hosts: HostApi

  constructor(services: ApiServices) {
    this.#runtime = services.runtime
    this.#compute = services.compute
    this.#hosts = hostApiOf(services)
  }

  @apiVersion('2.1', '2.32')
  @query(anyQuery)
  @expectedErrors()
  async index(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hypervisors:list', {})
    return this.#listed(req, await this.#hosts.hypervisors(req.context), briefView)
  }

  @serves('index')
  @apiVersion('2.33', '2.52')
  @query(paged)
  @expectedErrors(400)
  async indexByPage(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hypervisors:list', {})
    return this.#page(req, COLLECTION, briefView)
  }

  @serves('index')
  @apiVersion('2.53')
  @query(listQuery)
  @expectedErrors(400, 404)
  async indexByUuid(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hypervisors:list', {})
    return this.#pageOrMatches(req, COLLECTION, briefView)
  }

  @apiVersion('2.1', '2.32')
  @query(anyQuery)
  @expectedErrors()
  async detail(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hypervisors:list-detail', {})
    return this.#listed(req, await this.#hosts.hypervisors(req.context), detailView)
  }

  @serves('detail')
  @apiVersion('2.33', '2.52')
  @query(paged)
  @expectedErrors(400)
  async detailByPage(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hypervisors:list-detail', {})
    return this.#page(req, `${COLLECTION}/detail`, detailView)
  }

  @serves('detail')
  @apiVersion('2.53')
  @query(listQuery)
  @expectedErrors(400, 404)
  async detailByUuid(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hypervisors:list-detail', {})
    return this.#pageOrMatches(req, `${COLLECTION}/detail`, detailView)
  }

  @apiVersion('2.1', '2.52')
  @query(anyQuery)
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hypervisors:show', {})
    return this.#shown(req, await this.#byNumber(req))
  }

  @serves('show')
  @apiVersion('2.53')
  @query(showQuery)
  @expectedErrors(400, 404)
  async showByUuid(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hypervisors:show', {})
    return this.#shown(req, await this.#byUuid(req))
  }

  async #shown(req: Req, hypervisor: Hypervisor): Promise<object> {
    const { hypervisors } = await this.#listed(req, [hypervisor], detailView)
    return { hypervisor: hypervisors[0] }
  }

  @apiVersion('2.1', '2.87')
  @query(anyQuery)
  @expectedErrors()
  async statistics(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hypervisors:statistics', {})
    return { hypervisor_statistics: statisticsOf(await this.#hosts.hypervisors(req.context)) }
  }

  @apiVersion('2.1', '2.52')
  @query(anyQuery)
  @expectedErrors(400, 404, 501)
  async uptime(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hypervisors:uptime', {})
    return this.#uptimeDocument(req, await this.#byNumber(req))
  }

  @serves('uptime')
  @apiVersion('2.53', '2.87')
  @query(anyQuery)
  @expectedErrors(400, 404, 501)
  async uptimeByUuid(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hypervisors:uptime', {})
    return this.#uptimeDocument(req, await this.#byUuid(req))
  }

  async #uptimeDocument(req: Req, hypervisor: Hypervisor): Promise<object> {
    if (!this.#hosts.isUp(hypervisor.service)) {
      const { host } = hypervisor.node
      throw errors.badRequest(`Compute service of ${host} is unavailable at this time.`)
    }
    const uptime = await this.#askUptime(hypervisor)
    if (uptime === null) throw errors.notImplemented('This host does not tell its uptime.')
    const document = uptimeView.at(req.version)
    return { hypervisor: document({ ...hypervisor, servers: null, uptime }, this.#hosts) }
  }

  @apiVersion('2.1', '2.52')
  @query(anyQuery)
  @expectedErrors(404)
  async search(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hypervisors:search', {})
    return this.#listed(req, await this.#matching(req, req.params.id), briefView)
  }

  @apiVersion('2.1', '2.52')
  @query(anyQuery)
  @expectedErrors(404)
  async servers(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hypervisors:servers', {})
    return this.#listed(req, await this.#matching(req, req.params.id), briefView, true)
  }

  async #byNumber(req: Req): Promise<Hypervisor> {
    const { id } = req.params
    if (!/^\d{1,15}$/.test(id)) throw new ComputeHostNotFound({ host: id })
    return this.#hosts.hypervisor(req.context, Number(id))
  }

  async #byUuid(req: Req): Promise<Hypervisor> {
    return this.#hosts.hypervisor(req.context, uuidOf(req.params.id))
  }

  async #matching(req: Req, pattern: string): Promise<Hypervisor[]> {
    const found = await this.#hosts.hypervisors(req.context, pattern)
    if (found.length === 0) {
      throw errors.notFound(`No hypervisor matching '${pattern}' could be found.`)
    }
    return found
  }

  async #pageOrMatches(req: Req, path: string, view: typeof detailView): Promise<object> {
    const { hypervisor_hostname_pattern: pattern, limit, marker } = req.query
    if (pattern === undefined) return this.#page(req, path, view)
    if (limit !== undefined || marker !== undefined) {
      throw errors.badRequest(
        'Paging over hypervisors with the hypervisor_hostname_pattern query parameter is not supported.',
      )
    }
    return this.#listed(req, await this.#matching(req, pattern), view)
  }

  async #page(req: Req, path: string, view: typeof detailView): Promise<object> {
    const { max_limit, compute_link_prefix } = this.#runtime.conf.api
    const page = pageOf(req, max_limit)
    const { byUuid } = behaviours.at(req.version)
    const idOf = ({ node }: Hypervisor): string => (byUuid ? node.uuid : String(node.id))
    const hypervisors = pageAfter(await this.#hosts.hypervisors(req.context), page, idOf)
    const base = linkBase(req, compute_link_prefix)
    const next = nextLinks(req, base, path, page, hypervisors.map(idOf))
    return {
      ...(await this.#listed(req, hypervisors, view)),
      ...(next.length ? { hypervisors_links: next } : {}),
    }
  }

  async #listed(
    req: Req,
    hypervisors: readonly Hypervisor[],
    view: typeof detailView,
    withServers = boolFromString(req.query.with_servers ?? false),
  ): Promise<{ hypervisors: object[] }> {
    req.subject = hypervisors
    const withUptime = view === detailView && behaviours.at(req.version).uptimeInDetail
    const asked = new Semaphore(ASKED_AT_ONCE)
    const shown = await Promise.all(
      hypervisors.map(async (hypervisor): Promise<ShownHypervisor> => {
        const up = withUptime && this.#hosts.isUp(hypervisor.service)
        return {
          ...hypervisor,
          servers: withServers ? await this.#serversOn(hypervisor) : null,
          uptime: up ? await asked.run(() => this.#uptimeIfTold(hypervisor)) : null,
        }
      }),
    )
    return { hypervisors: shown.map(view.bind(req.version, this.#hosts)) }
  }

  /** One host that hangs does not keep the others from being listed. */
  async #uptimeIfTold(hypervisor: Hypervisor): Promise<string | null> {
    try {
      return await this.#askUptime(hypervisor)
    } catch (error) {
      if (error instanceof MessagingTimeout) return null
      throw error
    }
  }

  /** @returns null when its driver cannot tell */
  async #askUptime({ node, service }: Hypervisor): Promise<string | null> {
    try {
      return await this.#compute.hostUptime(service.requireContext('uptime'), node.host ?? '')
    } catch (error) {
      if (isNotImplemented(error)) return null
      throw error
    }
  }

  async #serversOn({ node }: Hypervisor): Promise<ServerOfHost[]> {
    const name = instanceNamer(this.#runtime.conf.DEFAULT.instance_name_template)
    const cell = node.requireContext('servers')
    const { objects } = await InstanceList.getByHost(cell, node.host ?? '', { expectedAttrs: [] })
    return objects.map(instance => ({ name: name(instance), uuid: instance.uuid }))
  }
}

/** @throws Fault 400 for a marker that is no hypervisor's */
const pageAfter = (
  all: readonly Hypervisor[],
  { limit, marker }: Page,
  idOf: (hypervisor: Hypervisor) => string,
): readonly Hypervisor[] => {
  const at = marker === null ? -1 : all.findIndex(one => idOf(one) === marker)
  if (marker !== null && at < 0) throw errors.badRequest(`marker [${marker}] not found`)
  return all.slice(at + 1, at + 1 + limit)
}

export const extension = {
  alias: 'os-hypervisors',
  name: 'Hypervisors',
  description: 'Admin-only hypervisor administration.',
  resources: [
    {
      collection: COLLECTION,
      controller: HypervisorsController,
      collectionActions: { detail: 'GET' as const, statistics: 'GET' as const },
      memberActions: { uptime: 'GET' as const, search: 'GET' as const, servers: 'GET' as const },
    },
  ],
}
