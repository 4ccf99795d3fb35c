import { nextLinks, type Page, pageOf } from '../controllers/pages.js'
import type { Req } from '../controllers/req.js'
import { type Link, linkBase } from '../controllers/resource-links.js'
import type { ApiServices } from '../controllers/services.js'
import { type Period, tenantUsages } from '../controllers/tenant-usage.js'
import type { ComputeApi } from '../lib/compute/api.js'
import { InstanceNotFound } from '../lib/exception/index.js'
import { type Instance, InstanceList } from '../lib/objects/index.js'
import type { Runtime } from '../lib/runtime/index.js'
import {
  behavioursOf,
  errors,
  expectedErrors,
  multiple,
  parseTime,
  query,
  querySchema,
  since,
  types,
} from '../lib/wsgi/index.js'

const text = multiple(types.string)
const paging = {
  limit: since('2.40', multiple(types.queryInteger)),
  marker: since('2.40', text),
}
const listQuery = querySchema(
  { start: text, end: text, detailed: text, ...paging },
  { closedSince: '2.75' },
)
const showQuery = querySchema({ start: text, end: text, ...paging }, { closedSince: '2.75' })

const behaviours = behavioursOf({ byPage: since('2.40') })

const COLLECTION = 'os-simple-tenant-usage'

interface Found {
  readonly instances: readonly Instance[]
  /** Of the next page, from 2.40 on. */
  readonly links: readonly Link[]
}

/** /os-simple-tenant-usage: what projects used in a time. */
export class SimpleTenantUsageController {
  readonly #runtime: Runtime
  readonly #compute: ComputeApi

  constructor({ runtime, compute }: ApiServices) {
    this.#runtime = runtime
    this.#compute = compute
  }

  @query(listQuery)
  @expectedErrors(400)
  async index(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-simple-tenant-usage:list', {})
    const now = new Date()
    const period = periodOf(req, now)
    const { instances, links } = await this.#find(req, period, COLLECTION)
    const detailed = req.queryAll.detailed?.[0] === '1'
    return {
      tenant_usages: tenantUsages(instances, period, detailed, now),
      ...(links.length ? { tenant_usages_links: links } : {}),
    }
  }

  @query(showQuery)
  @expectedErrors(400)
  async show(req: Req): Promise<object> {
    const { id } = req.params
    req.context.can('os_compute_api:os-simple-tenant-usage:show', { project_id: id })
    const now = new Date()
    const period = periodOf(req, now)
    const { instances, links } = await this.#find(req, period, `${COLLECTION}/${id}`, id)
    const [usage = {}] = tenantUsages(instances, period, true, now)
    return { tenant_usage: usage, ...(links.length ? { tenant_usage_links: links } : {}) }
  }

  async #find(req: Req, period: Period, path: string, projectId?: string): Promise<Found> {
    const { max_limit, compute_link_prefix } = this.#runtime.conf.api
    const page = behaviours.at(req.version).byPage ? pageOf(req, max_limit) : null
    if (page?.limit === 0) return { instances: [], links: [] }
    const after = await this.#after(req, page)
    const cells = await this.#compute.cells.contexts(req.context)
    const found = await Promise.all(
      cells.map(cell =>
        InstanceList.activeIn(
          cell,
          {
            begin: period.start,
            end: period.stop,
            projectId,
            after,
            ...(page ? { limit: page.limit } : {}),
          },
          ['flavor'],
        ),
      ),
    )
    const all = found.flatMap(({ objects }) => objects).sort(byProject)
    if (!page) return { instances: all, links: [] }
    const instances = all.slice(0, page.limit)
    const ids = instances.map(({ uuid }) => uuid)
    return { instances, links: nextLinks(req, linkBase(req, compute_link_prefix), path, page, ids) }
  }

  /** Where the page before ended. @throws Fault 400 for a marker that is no server's */
  async #after(
    req: Req,
    page: Page | null,
  ): Promise<{ readonly projectId: string; readonly uuid: string } | undefined> {
    if (!page?.marker) return undefined
    try {
      const context = req.context.with({ readDeleted: 'yes' })
      const { projectId, uuid } = await this.#compute.get(context, page.marker, [])
      return { projectId: projectId ?? '', uuid }
    } catch (error) {
      if (!(error instanceof InstanceNotFound)) throw error
      throw errors.badRequest(`Marker ${page.marker} could not be found.`)
    }
  }
}

const byProject = (a: Instance, b: Instance): number => {
  const [left, right] = [a, b].map(({ projectId, uuid }) => `${projectId} ${uuid}`)
  return (left ?? '') < (right ?? '') ? -1 : 1
}

/** `start` to `end`; now, when one is not given. @throws Fault 400 */
const periodOf = ({ queryAll }: Req, now: Date): Period => {
  const [start, stop] = [queryAll.start?.[0], queryAll.end?.[0]].map(text => {
    const time = text ? parseTime(text) : now
    if (!time) throw errors.badRequest(`Datetime is in invalid format: ${text}`)
    return time
  })
  if (!start || !stop || start > stop) {
    throw errors.badRequest('Invalid start time. The start time cannot occur after the end time.')
  }
  return { start, stop }
}

export const extension = {
  alias: 'os-simple-tenant-usage',
  name: 'SimpleTenantUsage',
  description: 'Simple tenant usage extension.',
  resources: [{ collection: COLLECTION, controller: SimpleTenantUsageController }],
}
