import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import type { RequestContext } from '../lib/context/index.js'
import {
  InstanceGroup,
  InstanceGroupList,
  InstanceList,
  type InstanceMapping,
  InstanceMappingList,
} from '../lib/objects/index.js'
import type { Runtime } from '../lib/runtime/index.js'
import {
  body,
  errors,
  expectedErrors,
  integerBetween,
  multiple,
  object,
  query,
  querySchema,
  response,
  schema,
  since,
  types,
  until,
  versions,
  view,
} from '../lib/wsgi/index.js'

interface CreateBody {
  readonly server_group: {
    readonly name: string
    readonly policies?: readonly string[]
    readonly policy?: string
    readonly rules?: { readonly max_server_per_host?: number | string }
  }
}

const hard = ['anti-affinity', 'affinity']
const all = [...hard, 'soft-anti-affinity', 'soft-affinity']

const create = schema(
  object(
    {
      server_group: object(
        {
          name: types.name,
          policies: until('2.63', {
            type: 'array',
            items: { type: 'string', enum: versions(until('2.14', hard), all) },
            minItems: 1,
            maxItems: 1,
            uniqueItems: true,
          }),
          policy: since('2.64', { type: 'string', enum: all }),
          rules: since(
            '2.64',
            object({ max_server_per_host: { ...integerBetween(1), minLength: 1 } }),
          ),
        },
        { required: ['name', until('2.63', 'policies'), since('2.64', 'policy')] },
      ),
    },
    { required: ['server_group'] },
  ),
)

const listQuery = querySchema(
  {
    all_projects: multiple(types.string),
    limit: multiple(types.queryInteger),
    offset: multiple(types.queryInteger),
  },
  { closedSince: '2.75' },
)

interface ShownGroup {
  readonly group: InstanceGroup
  /** Members that are not deleted. */
  readonly members: readonly string[]
}

const groupView = view<ShownGroup>({
  id: ({ group }) => group.uuid,
  name: ({ group }) => group.name,
  policies: [({ group }) => (group.policy ? [group.policy] : []), until('2.63')],
  members: ({ members }) => members,
  metadata: [() => ({}), until('2.63')],
  project_id: [({ group }) => group.projectId, since('2.13')],
  user_id: [({ group }) => group.userId, since('2.13')],
  policy: [({ group }) => group.policy, since('2.64')],
  rules: [({ group }) => group.rules, since('2.64')],
})

/** /os-server-groups: servers that shall stand together, or apart. */
export class ServerGroupController {
  readonly #runtime: Runtime
  readonly #compute: ComputeApi

  constructor({ runtime, compute }: ApiServices) {
    this.#runtime = runtime
    this.#compute = compute
  }

  @query(listQuery)
  @expectedErrors()
  async index(req: Req): Promise<object> {
    const { context } = req
    context.can('os_compute_api:os-server-groups:index')
    const everyProject = req.query.all_projects !== undefined && context.isAdmin
    if (everyProject) context.can('os_compute_api:os-server-groups:index:all_projects', {})
    const { objects } = everyProject
      ? await InstanceGroupList.getAll(context)
      : await InstanceGroupList.getByProjectId(context, context.projectId ?? '')
    const { max_limit } = this.#runtime.conf.api
    const offset = Number(req.query.offset ?? 0)
    // nova reads 0 as no limit here.
    const limit = Math.min(Number(req.query.limit ?? 0) || max_limit, max_limit)
    const groups = objects.slice(offset, offset + limit)
    return { server_groups: await this.#documents(req, groups) }
  }

  @query(querySchema({}))
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    const group = await InstanceGroup.getByUuid(req.context, req.params.id)
    req.context.can('os_compute_api:os-server-groups:show', group)
    const [document] = await this.#documents(req, [group])
    return { server_group: document }
  }

  @body(create)
  @expectedErrors(400, 403, 409)
  async create(req: Req<CreateBody>): Promise<object> {
    const { context } = req
    context.can('os_compute_api:os-server-groups:create')
    const { name, policies, policy = policies?.[0] ?? '', rules = {} } = req.body.server_group
    const { max_server_per_host: most } = rules
    if (most !== undefined && policy !== 'anti-affinity') {
      throw errors.badRequest('Only anti-affinity policy supports rules.')
    }
    await this.#compute.quota.checkServerGroups(context)
    const group = new InstanceGroup(context, {
      name,
      policy,
      projectId: context.projectId,
      userId: context.userId,
      ...(most === undefined ? {} : { _rules: { max_server_per_host: String(Number(most)) } }),
    })
    await group.create()
    const [document] = await this.#documents(req, [group])
    return { server_group: document }
  }

  @response(204)
  @expectedErrors(404)
  async delete(req: Req): Promise<void> {
    const group = await InstanceGroup.getByUuid(req.context, req.params.id)
    req.context.can('os_compute_api:os-server-groups:delete', group)
    await group.destroy()
  }

  async #documents(req: Req<unknown>, groups: readonly InstanceGroup[]): Promise<object[]> {
    const members = groups.flatMap(group => group.members ?? [])
    const alive = await this.#alive(req.context, members)
    const document = groupView.bind(req.version, null)
    return groups.map(group =>
      document({ group, members: (group.members ?? []).filter(uuid => alive.has(uuid)) }),
    )
  }

  /** Of these servers, those that are not deleted; those still waiting for a cell among them. */
  async #alive(context: RequestContext, uuids: readonly string[]): Promise<ReadonlySet<string>> {
    if (uuids.length === 0) return new Set()
    const { objects } = await InstanceMappingList.getByInstanceUuids(context, uuids)
    const byCell = Map.groupBy(objects, ({ cellMapping }) => cellMapping?.uuid ?? null)
    const alive = await Promise.all([...byCell.values()].map(some => this.#aliveIn(context, some)))
    return new Set(alive.flat())
  }

  /** Of mappings to one cell, or to none yet. A cell that is down leaves what they themselves tell. */
  async #aliveIn(
    context: RequestContext,
    mappings: readonly InstanceMapping[],
  ): Promise<readonly string[]> {
    const uuids = mappings.map(({ instanceUuid }) => instanceUuid)
    const cell = mappings[0]?.cellMapping
    if (!cell) return uuids
    const found = await this.#compute.cells.ask(context, cell, target =>
      InstanceList.getByFilters(target, { uuid: uuids, deleted: false }, { expectedAttrs: [] }),
    )
    if (found !== 'down') return found.answer.objects.map(({ uuid }) => uuid)
    return mappings
      .filter(mapping => !mapping.get('queuedForDelete'))
      .map(({ instanceUuid }) => instanceUuid)
  }
}

export const extension = {
  alias: 'os-server-groups',
  name: 'ServerGroups',
  description: 'Server group support.',
  resources: [{ collection: 'os-server-groups', controller: ServerGroupController }],
}
