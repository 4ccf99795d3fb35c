import type { RequestContext } from '../context/index.js'
import {
  Invalid,
  NoUniqueMatch,
  SecurityGroupCannotBeApplied,
  SecurityGroupLimitExceeded,
  SecurityGroupNotFound,
} from '../exception/index.js'
import { isUuid } from '../util/is-uuid.js'
import { type Doc, docOf, type NeutronClient, NeutronFault, type Scope } from './neutron-client.js'
import {
  type IngressRule,
  neutronRule,
  type SecurityGroup,
  type SecurityGroupRule,
  securityGroupOf,
  securityGroupRuleOf,
} from './security-group-rules.js'

/** Whom a rule lets in, when it is not everybody of an address range. */
export interface GroupRef {
  readonly id: string
  readonly name: string
  readonly projectId: string
}

/** Security groups as nova once had them: rules for what comes in, and nothing else. With the user's token. */
export interface SecurityGroupApi {
  /** @param allProjects  only administrators see more than their own project's */
  list(context: RequestContext, allProjects?: boolean): Promise<SecurityGroup[]>
  /** @throws SecurityGroupNotFound */
  get(context: RequestContext, id: string): Promise<SecurityGroup>
  /** Those that exist, whichever are asked for. */
  refs(context: RequestContext, ids: readonly string[]): Promise<GroupRef[]>
  /** @throws SecurityGroupLimitExceeded, Invalid */
  create(context: RequestContext, name: string, description: string): Promise<SecurityGroup>
  /** @throws SecurityGroupNotFound, Invalid */
  update(
    context: RequestContext,
    id: string,
    name: string,
    description: string,
  ): Promise<SecurityGroup>
  /** @throws SecurityGroupNotFound, Invalid while it is in use */
  delete(context: RequestContext, id: string): Promise<void>
  /** @throws SecurityGroupNotFound, SecurityGroupLimitExceeded, Invalid */
  createRule(
    context: RequestContext,
    groupId: string,
    rule: IngressRule,
  ): Promise<SecurityGroupRule>
  /** @throws SecurityGroupNotFound */
  deleteRule(context: RequestContext, id: string): Promise<void>
  /** The groups on a server's ports, each once. */
  ofInstance(context: RequestContext, instanceUuid: string): Promise<SecurityGroup[]>
  /** @throws SecurityGroupNotFound, NoUniqueMatch, SecurityGroupCannotBeApplied */
  addToInstance(context: RequestContext, instanceUuid: string, nameOrId: string): Promise<void>
  /** @throws SecurityGroupNotFound, NoUniqueMatch */
  removeFromInstance(context: RequestContext, instanceUuid: string, nameOrId: string): Promise<void>
}

const GROUPS = '/v2.0/security-groups'
const RULES = '/v2.0/security-group-rules'

/** Characters of a group's name. */
const MAX_NAME = 255

/** Ids in a query: as many as an address of 8 kB has room for. */
const IDS_AT_ONCE = 150

export class NeutronSecurityGroups implements SecurityGroupApi {
  readonly #client: NeutronClient

  constructor(client: NeutronClient) {
    this.#client = client
  }

  async list(context: RequestContext, allProjects = false): Promise<SecurityGroup[]> {
    const query = allProjects ? {} : { tenant_id: context.projectId ?? undefined }
    const docs = await this.#client.list(user(context), 'security_groups', query)
    return docs.map(securityGroupOf)
  }

  async get(context: RequestContext, id: string): Promise<SecurityGroup> {
    try {
      const scope = user(context)
      return securityGroupOf(
        await this.#client.show(scope, 'security-groups', 'security_group', id),
      )
    } catch (error) {
      throw translated(error)
    }
  }

  async refs(context: RequestContext, ids: readonly string[]): Promise<GroupRef[]> {
    const docs = await this.#byIds(context, ids, ['id', 'name', 'tenant_id'])
    return docs.map(({ id, name, tenant_id: project }) => ({
      id: String(id),
      name: String(name),
      projectId: String(project),
    }))
  }

  create(context: RequestContext, name: string, description: string): Promise<SecurityGroup> {
    return this.#write(context, 'POST', GROUPS, { name, description })
  }

  update(
    context: RequestContext,
    id: string,
    name: string,
    description: string,
  ): Promise<SecurityGroup> {
    return this.#write(context, 'PUT', pathOf(GROUPS, id), { name, description })
  }

  async #write(
    context: RequestContext,
    method: 'POST' | 'PUT',
    path: string,
    group: Doc,
  ): Promise<SecurityGroup> {
    try {
      const json = { security_group: group }
      const answer = await this.#client.call(user(context), method, path, { json })
      return securityGroupOf(docOf(answer.security_group))
    } catch (error) {
      throw translated(error, method === 'POST' ? SecurityGroupLimitExceeded : Invalid)
    }
  }

  async delete(context: RequestContext, id: string): Promise<void> {
    try {
      await this.#client.call(user(context), 'DELETE', pathOf(GROUPS, id))
    } catch (error) {
      throw translated(error, Invalid)
    }
  }

  async createRule(
    context: RequestContext,
    groupId: string,
    rule: IngressRule,
  ): Promise<SecurityGroupRule> {
    try {
      const json = { security_group_rule: neutronRule(groupId, rule) }
      const answer = await this.#client.call(user(context), 'POST', RULES, { json })
      return securityGroupRuleOf(docOf(answer.security_group_rule))
    } catch (error) {
      throw translated(error, SecurityGroupLimitExceeded)
    }
  }

  async deleteRule(context: RequestContext, id: string): Promise<void> {
    try {
      await this.#client.call(user(context), 'DELETE', pathOf(RULES, id))
    } catch (error) {
      throw translated(error, Invalid)
    }
  }

  async ofInstance(context: RequestContext, instanceUuid: string): Promise<SecurityGroup[]> {
    const ports = await this.#ports(context, instanceUuid)
    const docs = await this.#byIds(context, [...new Set(ports.flatMap(groupIds))])
    return docs.map(securityGroupOf)
  }

  async addToInstance(context: RequestContext, instanceUuid: string, nameOrId: string) {
    const id = await this.#idOf(context, nameOrId)
    for (const port of await this.#someOf(context, instanceUuid)) {
      if (!takesGroups(port)) throw new SecurityGroupCannotBeApplied()
      const groups = groupIds(port)
      if (groups.includes(id)) continue
      await this.#setGroups(context, port, [...groups, id])
    }
  }

  async removeFromInstance(context: RequestContext, instanceUuid: string, nameOrId: string) {
    const id = await this.#idOf(context, nameOrId)
    const ports = await this.#someOf(context, instanceUuid)
    const members = ports.filter(port => groupIds(port).includes(id))
    if (members.length === 0) {
      throw new SecurityGroupNotFound(
        `Security group ${nameOrId} not associated with the instance ${instanceUuid}`,
      )
    }
    for (const port of members) {
      await this.#setGroups(
        context,
        port,
        groupIds(port).filter(group => group !== id),
      )
    }
  }

  async #setGroups(context: RequestContext, port: Doc, groups: readonly string[]): Promise<void> {
    try {
      await this.#client.updatePort(user(context), String(port.id), { security_groups: groups })
    } catch (error) {
      if (!(error instanceof NeutronFault) || error.status !== 400) throw error
      throw new SecurityGroupCannotBeApplied(error.message)
    }
  }

  #ports(context: RequestContext, instanceUuid: string): Promise<Doc[]> {
    return this.#client.list(user(context), 'ports', { device_id: instanceUuid })
  }

  /** @throws SecurityGroupNotFound when the server has no port to bear a group */
  async #someOf(context: RequestContext, instanceUuid: string): Promise<Doc[]> {
    const ports = await this.#ports(context, instanceUuid)
    if (ports.length > 0) return ports
    throw new SecurityGroupNotFound(
      `instance_id ${instanceUuid} could not be found as device id on any ports`,
    )
  }

  /** An id, wherever the group is; a name within the project, borne by one group only. */
  async #idOf(context: RequestContext, nameOrId: string): Promise<string> {
    const [byId] = isUuid(nameOrId) ? await this.#byIds(context, [nameOrId], ['id']) : []
    if (byId) return String(byId.id)
    const [one, another] = await this.#named(context, nameOrId)
    if (another) {
      throw new NoUniqueMatch(
        `Multiple security groups found matching '${nameOrId}'. Use an ID to be more specific.`,
      )
    }
    if (one) return String(one.id)
    throw new SecurityGroupNotFound(
      `Security group ${nameOrId} is not found for project ${context.projectId}`,
    )
  }

  /** No group has a longer name, and no address line has room for any. */
  async #named(context: RequestContext, name: string): Promise<Doc[]> {
    if (name.length > MAX_NAME) return []
    return this.#client.list(user(context), 'security_groups', {
      name,
      tenant_id: context.projectId ?? undefined,
      fields: 'id',
    })
  }

  async #byIds(
    context: RequestContext,
    ids: readonly string[],
    fields?: readonly string[],
  ): Promise<Doc[]> {
    const found: Doc[] = []
    for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
      const id = ids.slice(from, from + IDS_AT_ONCE)
      const query = fields ? { id, fields } : { id }
      found.push(...(await this.#client.list(user(context), 'security_groups', query)))
    }
    return found
  }
}

const user = (context: RequestContext): Scope => ({ context, admin: false })

const pathOf = (collection: string, id: string): string => `${collection}/${encodeURIComponent(id)}`

const groupIds = (port: Doc): string[] =>
  Array.isArray(port.security_groups) ? port.security_groups.map(String) : []

/** Groups need addresses, or the promise of one, and port security. */
const takesGroups = (port: Doc): boolean =>
  ((Array.isArray(port.fixed_ips) && port.fixed_ips.length > 0) ||
    port.ip_allocation === 'deferred') &&
  port.port_security_enabled !== false

/** @param conflict  what a 409 means here */
const translated = (
  error: unknown,
  conflict: typeof SecurityGroupLimitExceeded | typeof Invalid = Invalid,
): unknown => {
  if (!(error instanceof NeutronFault)) return error
  if (error.status === 404) return new SecurityGroupNotFound(error.message)
  if (error.status === 409)
    return new conflict(error.message, { code: conflict === Invalid ? 400 : 403 })
  return error.status === 400 ? new Invalid(error.message) : error
}
