import type { Req } from '../controllers/req.js'
import { documentsOf, ruleDocument } from '../controllers/security-groups.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import type { SecurityGroupApi } from '../lib/network/security-group-api.js'
import { readIngressRule, type SecurityGroup } from '../lib/network/security-group-rules.js'
import type { Runtime } from '../lib/runtime/index.js'
import { isUuid } from '../lib/util/is-uuid.js'
import {
  action,
  apiVersion,
  body,
  errors,
  expectedErrors,
  isCidr,
  multiple,
  object,
  query,
  querySchema,
  response,
  types,
} from '../lib/wsgi/index.js'

interface GroupBody {
  readonly security_group: { readonly name: string; readonly description: string }
}

interface RuleBody {
  readonly security_group_rule: {
    readonly parent_group_id: string
    readonly group_id?: string | null
    readonly ip_protocol?: unknown
    readonly from_port?: unknown
    readonly to_port?: unknown
    readonly cidr?: unknown
  }
}

const text = { type: 'string', minLength: 0, maxLength: 255 }

const groupBody = object(
  {
    security_group: object(
      { name: text, description: text },
      { required: ['name', 'description'], open: true },
    ),
  },
  { required: ['security_group'], open: true },
)

const ruleBody = object(
  {
    security_group_rule: object(
      {
        group_id: { type: ['string', 'null'], format: 'uuid' },
        parent_group_id: types.uuid,
        to_port: {},
        from_port: {},
        ip_protocol: {},
        cidr: {},
      },
      { required: ['parent_group_id'], open: true },
    ),
  },
  { required: ['security_group_rule'], open: true },
)

const listQuery = querySchema({
  limit: multiple(types.queryInteger),
  offset: multiple(types.queryInteger),
  all_tenants: multiple(types.string),
})

const actionBody = (name: string) =>
  object(
    { [name]: object({ name: { type: 'string', minLength: 1 } }, { required: ['name'] }) },
    { required: [name], open: true },
  )

/** /os-security-groups, up to 2.35. */
export class SecurityGroupController {
  readonly #runtime: Runtime

  constructor({ runtime }: ApiServices) {
    this.#runtime = runtime
  }

  get #groups(): SecurityGroupApi {
    return this.#runtime.network.securityGroups
  }

  @apiVersion('2.1', '2.35')
  @query(listQuery)
  @expectedErrors(404)
  async index(req: Req): Promise<object> {
    const { context } = req
    context.can('os_compute_api:os-security-groups:get')
    const everyProject = context.isAdmin && req.query.all_tenants !== undefined
    const groups = await this.#groups.list(context, everyProject)
    const { max_limit } = this.#runtime.conf.api
    const offset = Number(req.query.offset ?? 0)
    // nova reads 0 as no limit here.
    const limit = Math.min(Number(req.query.limit ?? 0) || max_limit, max_limit)
    const shown = groups.slice(offset, offset + limit)
    return { security_groups: await documentsOf(this.#groups, context, shown) }
  }

  @apiVersion('2.1', '2.35')
  @query(querySchema({}))
  @expectedErrors(400, 404)
  async show(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-security-groups:show')
    return this.#document(req, await this.#groups.get(req.context, groupId(req.params.id)))
  }

  @apiVersion('2.1', '2.35')
  @body(groupBody)
  @expectedErrors(400, 403)
  async create(req: Req<GroupBody>): Promise<object> {
    req.context.can('os_compute_api:os-security-groups:create')
    const { name, description } = req.body.security_group
    return this.#document(req, await this.#groups.create(req.context, name, description))
  }

  @apiVersion('2.1', '2.35')
  @body(groupBody)
  @expectedErrors(400, 404)
  async update(req: Req<GroupBody>): Promise<object> {
    req.context.can('os_compute_api:os-security-groups:update')
    const { name, description } = req.body.security_group
    const id = groupId(req.params.id)
    return this.#document(req, await this.#groups.update(req.context, id, name, description))
  }

  @apiVersion('2.1', '2.35')
  @response(202)
  @expectedErrors(400, 404)
  async delete(req: Req): Promise<void> {
    req.context.can('os_compute_api:os-security-groups:delete')
    await this.#groups.delete(req.context, groupId(req.params.id))
  }

  async #document(req: Req<unknown>, group: SecurityGroup): Promise<object> {
    const [document] = await documentsOf(this.#groups, req.context, [group])
    return { security_group: document }
  }
}

/** /os-security-group-rules, up to 2.35. */
export class SecurityGroupRulesController {
  readonly #runtime: Runtime

  constructor({ runtime }: ApiServices) {
    this.#runtime = runtime
  }

  @apiVersion('2.1', '2.35')
  @body(ruleBody)
  @expectedErrors(400, 403, 404)
  async create(req: Req<RuleBody>): Promise<object> {
    const { context } = req
    context.can('os_compute_api:os-security-groups:rule:create')
    const { security_group_rule: wanted } = req.body
    const groups = this.#runtime.network.securityGroups
    const parent = await groups.get(context, wanted.parent_group_id)
    const source = wanted.group_id ? await groups.get(context, wanted.group_id) : null
    const rule = readIngressRule(
      {
        protocol: wanted.ip_protocol,
        fromPort: wanted.from_port,
        toPort: wanted.to_port,
        cidr: wanted.cidr,
        groupId: source?.id ?? null,
      },
      isCidr,
    )
    const known = parent.rules.some(
      one =>
        one.groupId === (rule.groupId ?? null) &&
        (rule.groupId !== undefined || one.cidr === rule.cidr) &&
        one.protocol === (rule.protocol?.toLowerCase() ?? null) &&
        one.fromPort === (rule.fromPort ?? null) &&
        one.toPort === (rule.toPort ?? null),
    )
    if (known) throw errors.badRequest(`This rule already exists in group ${parent.id}`)
    const made = await groups.createRule(context, parent.id, rule)
    return { security_group_rule: ruleDocument(made, source) }
  }

  @apiVersion('2.1', '2.35')
  @response(202)
  @expectedErrors(400, 404, 409)
  async delete(req: Req): Promise<void> {
    req.context.can('os_compute_api:os-security-groups:rule:delete')
    await this.#runtime.network.securityGroups.deleteRule(req.context, groupId(req.params.id))
  }
}

/** /servers/{server_id}/os-security-groups, and the actions that put a server into a group and take it out. */
export class ServerSecurityGroupController {
  readonly #runtime: Runtime
  readonly #compute: ComputeApi

  constructor({ runtime, compute }: ApiServices) {
    this.#runtime = runtime
    this.#compute = compute
  }

  @query(querySchema({}))
  @expectedErrors(404)
  async index(req: Req): Promise<object> {
    const { context } = req
    const instance = await this.#compute.get(context, req.params.server_id ?? '')
    context.can('os_compute_api:os-security-groups:list', instance)
    const groups = this.#runtime.network.securityGroups
    const shown = await groups.ofInstance(context, instance.uuid)
    return { security_groups: await documentsOf(groups, context, shown) }
  }
}

/** The actions `addSecurityGroup` and `removeSecurityGroup` of POST /servers/{id}/action. */
export class SecurityGroupActionController {
  readonly #runtime: Runtime
  readonly #compute: ComputeApi

  constructor({ runtime, compute }: ApiServices) {
    this.#runtime = runtime
    this.#compute = compute
  }

  @action('addSecurityGroup')
  @body(actionBody('addSecurityGroup'))
  @response(202)
  @expectedErrors(400, 404, 409)
  async add(req: Req<{ readonly addSecurityGroup: { readonly name: string } }>): Promise<void> {
    const { context } = req
    const name = groupName(req.body.addSecurityGroup)
    const instance = await this.#compute.get(context, req.params.id)
    context.can('os_compute_api:os-security-groups:add', instance)
    await this.#runtime.network.securityGroups.addToInstance(context, instance.uuid, name)
  }

  @action('removeSecurityGroup')
  @body(actionBody('removeSecurityGroup'))
  @response(202)
  @expectedErrors(400, 404, 409)
  async remove(
    req: Req<{ readonly removeSecurityGroup: { readonly name: string } }>,
  ): Promise<void> {
    const { context } = req
    const name = groupName(req.body.removeSecurityGroup)
    const instance = await this.#compute.get(context, req.params.id)
    context.can('os_compute_api:os-security-groups:remove', instance)
    await this.#runtime.network.securityGroups.removeFromInstance(context, instance.uuid, name)
  }
}

const groupName = ({ name }: { readonly name: string }): string => {
  if (name.trim() === '') throw errors.badRequest('Security group name cannot be empty')
  return name
}

const groupId = (id: string): string => {
  if (!isUuid(id)) throw errors.badRequest('Security group id should be uuid')
  return id
}

export const extension = {
  alias: 'os-security-groups',
  name: 'SecurityGroups',
  description: 'What is let in to servers.',
  resources: [
    { collection: 'os-security-groups', controller: SecurityGroupController },
    { collection: 'os-security-group-rules', controller: SecurityGroupRulesController },
    {
      collection: 'os-security-groups',
      controller: ServerSecurityGroupController,
      parent: { memberName: 'server', collectionName: 'servers' },
    },
  ],
  controllerExtensions: { servers: SecurityGroupActionController },
}
