import { NoUniqueMatch, SecurityGroupNotFound } from '../exception/index.js'
import type { SecurityGroupRef } from './api.js'
import type { NeutronClient, Scope } from './neutron-client.js'

/** Id and name of the groups of the context's project. */
export const listSecurityGroups = async (
  client: NeutronClient,
  scope: Scope,
): Promise<SecurityGroupRef[]> => {
  const groups = await client.list(scope, 'security_groups', {
    fields: ['id', 'name'],
    tenant_id: scope.context.projectId ?? undefined,
  })
  return groups.map(group => ({ id: String(group.id), name: String(group.name) }))
}

/** An id wins over a name; a name must be borne by one group only. */
export const findSecurityGroup = (
  groups: readonly SecurityGroupRef[],
  nameOrId: string,
): SecurityGroupRef => {
  const byId = groups.find(group => group.id === nameOrId)
  if (byId) return byId
  const [found, another] = groups.filter(group => group.name === nameOrId)
  if (another) {
    throw new NoUniqueMatch(
      `Multiple security groups found matching '${nameOrId}'. Use an ID to be more specific.`,
    )
  }
  if (!found) throw new SecurityGroupNotFound({ security_group_id: nameOrId })
  return found
}

/**
 * Ids for a new port. Nothing for `default` alone: the network service puts a port without groups into
 * that one by itself.
 */
export const securityGroupIds = async (
  client: NeutronClient,
  scope: Scope,
  names: readonly string[],
): Promise<string[]> => {
  const wanted = [...new Set(names)]
  if (!wanted.length || (wanted.length === 1 && wanted[0] === 'default')) return []
  const groups = await listSecurityGroups(client, scope)
  // A name and its id may both have been given.
  return [...new Set(wanted.map(name => findSecurityGroup(groups, name).id))]
}
