import type { RequestContext } from '../lib/context/index.js'
import type { GroupRef, SecurityGroupApi } from '../lib/network/security-group-api.js'
import type { SecurityGroup, SecurityGroupRule } from '../lib/network/security-group-rules.js'

/** Groups in order of project and name. A rule whose source is a group that is gone is left out. */
export const documentsOf = async (
  api: SecurityGroupApi,
  context: RequestContext,
  groups: readonly SecurityGroup[],
): Promise<object[]> => {
  const named = groups.flatMap(({ rules }) => rules.flatMap(({ groupId }) => groupId ?? []))
  const refs = named.length > 0 ? await api.refs(context, [...new Set(named)]) : []
  const byId = new Map(refs.map(ref => [ref.id, ref]))
  return groups
    .toSorted((a, b) => compare(a.projectId, b.projectId) || compare(a.name, b.name))
    .map(({ id, name, description, projectId, rules }) => ({
      id,
      name,
      description,
      tenant_id: projectId,
      rules: rules
        .filter(({ groupId }) => groupId === null || byId.has(groupId))
        .map(rule => ruleDocument(rule, byId.get(rule.groupId ?? '') ?? null)),
    }))
}

/** @param source  the group that the rule lets in; null: a range of addresses */
export const ruleDocument = (
  rule: SecurityGroupRule,
  source: Pick<GroupRef, 'name' | 'projectId'> | null,
): object => ({
  id: rule.id,
  parent_group_id: rule.parentGroupId,
  ip_protocol: rule.protocol,
  from_port: rule.fromPort,
  to_port: rule.toPort,
  group: source ? { name: source.name, tenant_id: source.projectId } : {},
  ip_range: source ? {} : { cidr: rule.cidr },
})

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
