import {
  networkLimits,
  networkOf,
  type QuotaValues,
  quotaProperties,
  quotaView,
  setWindows,
} from '../controllers/quotas.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import { type QuotaResource, quotaResources } from '../lib/compute/quota.js'
import type { RequestContext } from '../lib/context/index.js'
import { Quotas } from '../lib/objects/index.js'
import {
  body,
  boolFromString,
  errors,
  expectedErrors,
  multiple,
  object,
  query,
  querySchema,
  response,
  schema,
  types,
} from '../lib/wsgi/index.js'

interface UpdateBody {
  readonly quota_set: Readonly<Record<string, number | string>> & { readonly force?: unknown }
}

interface Detail {
  readonly in_use: number
  readonly limit: number
  readonly reserved: number
}

const update = schema(
  object(
    { quota_set: object({ ...quotaProperties(setWindows), force: types.boolean }) },
    { required: ['quota_set'] },
  ),
)
const userQuery = querySchema({ user_id: multiple(types.string) }, { closedSince: '2.75' })
const anyQuery = { type: 'object' }

const limitsView = quotaView<number>(setWindows)
const detailView = quotaView<Detail>(setWindows)

/** /os-quota-sets/{project_id}: limits of a project, or of a user in it. */
export class QuotaSetsController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @query(userQuery)
  @expectedErrors(400)
  async show(req: Req): Promise<object> {
    const { id } = req.params
    req.context.can('os_compute_api:os-quota-sets:show', { project_id: id })
    const values = await this.#limits(req.context, id, req.query.user_id)
    return { quota_set: limitsView.at(req.version)({ id, values }, null) }
  }

  @query(userQuery)
  @expectedErrors(400)
  async detail(req: Req): Promise<object> {
    const { id } = req.params
    const { user_id: userId } = req.query
    req.context.can('os_compute_api:os-quota-sets:detail', { project_id: id })
    const [limits, usage] = await Promise.all([
      this.#limits(req.context, id, userId),
      this.#usage(req.context, id, userId),
    ])
    const values: QuotaValues<Detail> = mapValues(limits, (limit, resource) => ({
      in_use: usage[resource] ?? 0,
      limit,
      reserved: 0,
    }))
    return { quota_set: detailView.at(req.version)({ id, values }, null) }
  }

  @query(anyQuery)
  @expectedErrors(400)
  async defaults(req: Req): Promise<object> {
    const { id } = req.params
    req.context.can('os_compute_api:os-quota-sets:defaults', { project_id: id })
    const values = {
      ...(await this.#compute.quota.classLimits(req.context)),
      ...networkOf(await Quotas.classLimits(req.context, 'default')),
    }
    return { quota_set: limitsView.at(req.version)({ id, values }, null) }
  }

  @body(update)
  @query(userQuery)
  @expectedErrors(400)
  async update(req: Req<UpdateBody>): Promise<object> {
    const { id } = req.params
    const { user_id: userId } = req.query
    req.context.can('os_compute_api:os-quota-sets:update', { project_id: id })
    const { force, ...wanted } = req.body.quota_set
    if (!boolFromString(force ?? false)) await this.#check(req.context, id, userId, wanted)
    for (const [resource, limit] of Object.entries(wanted)) {
      await Quotas.createLimit(
        req.context,
        id,
        resource,
        Number(limit),
        userId === undefined ? {} : { userId },
      )
    }
    const values = await this.#limits(req.context, id, userId)
    return { quota_set: limitsView.at(req.version)({ values }, null) }
  }

  @query(userQuery)
  @response(202)
  @expectedErrors()
  async delete(req: Req): Promise<void> {
    const { id } = req.params
    const { user_id: userId } = req.query
    req.context.can('os_compute_api:os-quota-sets:delete', { project_id: id })
    await Quotas.destroyAll(req.context, id, userId === undefined ? {} : { userId })
  }

  async #limits(
    context: RequestContext,
    projectId: string,
    userId: string | undefined,
  ): Promise<QuotaValues> {
    const { quota } = this.#compute
    const [own, network] = await Promise.all([
      userId === undefined
        ? quota.projectLimits(context, projectId)
        : quota.userLimits(context, projectId, userId),
      networkLimits(context, projectId, userId),
    ])
    return { ...own, ...network }
  }

  /** What is counted; the rest is never told to be in use. */
  async #usage(
    context: RequestContext,
    projectId: string,
    userId: string | undefined,
  ): Promise<Readonly<Record<string, number>>> {
    const { quota } = this.#compute
    const [usage, serverGroups] = await Promise.all([
      quota.usage(context, projectId, userId),
      quota.serverGroupsUsed(context, projectId),
    ])
    return { ...usage, server_groups: serverGroups }
  }

  /** Not below what is used, and a user's not above the project's. */
  async #check(
    context: RequestContext,
    projectId: string,
    userId: string | undefined,
    wanted: Readonly<Record<string, number | string>>,
  ): Promise<void> {
    const [usage, project] = await Promise.all([
      this.#usage(context, projectId, userId),
      this.#compute.quota.projectLimits(context, projectId),
    ])
    for (const [resource, text] of Object.entries(wanted)) {
      const limit = unbounded(Number(text))
      const used = usage[resource] ?? 0
      if (limit < used) {
        throw errors.badRequest(
          `Quota limit ${text} for ${resource} must be greater than or equal to already used and reserved ${used}.`,
        )
      }
      if (userId === undefined || !isQuotaResource(resource)) continue
      if (limit > unbounded(project[resource])) {
        throw errors.badRequest(
          `Quota limit ${text} for ${resource} must be less than or equal to ${project[resource]}.`,
        )
      }
    }
  }
}

const isQuotaResource = (name: string): name is QuotaResource =>
  (quotaResources as readonly string[]).includes(name)

const unbounded = (limit: number): number => (limit === -1 ? Number.POSITIVE_INFINITY : limit)

const mapValues = <T>(
  values: QuotaValues,
  map: (value: number, resource: string) => T,
): QuotaValues<T> =>
  Object.fromEntries(
    Object.entries(values).map(([resource, value]) => [resource, map(value, resource)]),
  ) as QuotaValues<T>

export const extension = {
  alias: 'os-quota-sets',
  name: 'Quotas',
  description: 'Quotas management support.',
  resources: [
    {
      collection: 'os-quota-sets',
      controller: QuotaSetsController,
      memberActions: { detail: 'GET' as const, defaults: 'GET' as const },
    },
  ],
}
