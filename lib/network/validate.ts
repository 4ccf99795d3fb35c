import type { RequestContext } from '../context/index.js'
import {
  ExternalNetworkAttachForbidden,
  FixedIpAlreadyInUse,
  NetworkAmbiguous,
  NetworkNotFound,
  NetworkRequiresSubnet,
  PortInUse,
  PortLimitExceeded,
  PortNotFound,
  PortNotUsable,
  PortRequiresFixedIP,
  UnableToAutoAllocateNetwork,
} from '../exception/index.js'
import type { NetworkRequestLike, RequestedNetworks } from './api.js'
import { type Doc, type NeutronClient, NeutronFault, type Scope } from './neutron-client.js'
import { wantedOf } from './requested.js'

/** nova's validate_networks. @returns how many servers of `count` have room in the port quota */
export const validateNetworks = async (
  client: NeutronClient,
  context: RequestContext,
  requested: RequestedNetworks,
  count: number,
): Promise<number> => {
  const scope = { context, admin: false }
  const ports = await portsNeeded(client, scope, requested)
  if (ports === 0) return count

  const project = context.projectId ?? ''
  const quota = await client.show(scope, 'quotas', 'quota', project)
  const limit = typeof quota.port === 'number' ? quota.port : -1
  if (limit === -1) return count
  const used = await client.list(scope, 'ports', { tenant_id: project, fields: 'id' })
  const free = limit - used.length
  if (free < 0) throw new PortLimitExceeded()
  return Math.min(count, Math.floor(free / ports))
}

/** Ports that each server will have made for it. Throws what forbids the boot. */
const portsNeeded = async (
  client: NeutronClient,
  scope: Scope,
  requested: RequestedNetworks,
): Promise<number> => {
  const wanted = wantedOf(requested)
  if (wanted.kind === 'none') return 0
  if (wanted.kind !== 'these') {
    const networks = await availableNetworks(client, scope, wanted.kind === 'auto')
    if (networks.length > 1) throw new NetworkAmbiguous()
    if (!networks.length && wanted.kind === 'auto') {
      await checkAutoAllocate(client, scope, true)
    }
    return 1
  }

  const networkIds: string[] = []
  for (const request of wanted.requests) {
    if (request.portId) {
      checkPort(await showPort(client, scope, request.portId))
      continue
    }
    networkIds.push(request.networkId ?? '')
    if (request.address) await checkAddress(client, scope, request)
  }
  if (networkIds.length) await requestedNetworks(client, scope, networkIds)
  return networkIds.length
}

/** The networks of a request, by id. All of them exist and have a subnet. */
export const requestedNetworks = async (
  client: NeutronClient,
  scope: Scope,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Doc>> => {
  const unique = [...new Set(ids)]
  const found = await client.list(scope, 'networks', { id: unique })
  const byId = new Map(found.map(network => [String(network.id), network]))
  const bare = found.find(network => !Array.isArray(network.subnets) || !network.subnets.length)
  if (bare) throw new NetworkRequiresSubnet({ network_uuid: bare.id })
  const lost = unique.filter(id => !byId.has(id))
  if (lost.length) throw new NetworkNotFound({ network_id: lost.join(', ') })
  return byId
}

/** What a boot may choose from when it names nothing: the project's own, then the shared ones. */
export const availableNetworks = async (
  client: NeutronClient,
  scope: Scope,
  upOnly: boolean,
): Promise<Doc[]> => {
  const up = upOnly ? { admin_state_up: true } : {}
  const project = scope.context.projectId ?? ''
  const own = await client.list(scope, 'networks', { tenant_id: project, shared: false, ...up })
  return [...own, ...(await client.list(scope, 'networks', { shared: true, ...up }))]
}

/** @returns the id of the network that was made; nothing is made on a dry run */
export const checkAutoAllocate = async (
  client: NeutronClient,
  scope: Scope,
  dryRun: boolean,
): Promise<string> => {
  const project = scope.context.projectId ?? ''
  try {
    const topology = await client.show(
      scope,
      'auto-allocated-topology',
      'auto_allocated_topology',
      project,
      dryRun ? { fields: 'dry-run' } : {},
    )
    return String(topology.id)
  } catch (error) {
    // Absent where the service does not know how to make one.
    if (error instanceof NeutronFault)
      throw new UnableToAutoAllocateNetwork({ project_id: project })
    throw error
  }
}

export const showPort = async (client: NeutronClient, scope: Scope, id: string): Promise<Doc> => {
  try {
    return await client.show(scope, 'ports', 'port', id)
  } catch (error) {
    if (error instanceof NeutronFault && error.status === 404) {
      throw new PortNotFound({ port_id: id })
    }
    throw error
  }
}

/** @param instance  the server that wants it, when there is one already */
export const checkPort = (
  port: Doc,
  instance?: { readonly uuid: string; readonly projectId?: string | null },
): void => {
  if (instance && port.tenant_id !== instance.projectId) {
    throw new PortNotUsable({ port_id: port.id, instance: instance.uuid })
  }
  if (port.device_id) throw new PortInUse({ port_id: port.id })
  const without = port.ip_allocation === 'deferred' || port.ip_allocation === 'none'
  if (!without && !(Array.isArray(port.fixed_ips) && port.fixed_ips.length)) {
    throw new PortRequiresFixedIP({ port_id: port.id })
  }
}

const checkAddress = async (client: NeutronClient, scope: Scope, request: NetworkRequestLike) => {
  const [taken] = await client.list(scope, 'ports', {
    network_id: request.networkId ?? '',
    fixed_ips: `ip_address=${request.address}`,
    fields: 'device_id',
  })
  if (taken) {
    throw new FixedIpAlreadyInUse({ address: request.address, instance_uuid: taken.device_id })
  }
}

/** External networks are for admins, unless they are shared. */
export const checkExternal = (context: RequestContext, network: Doc): void => {
  if (network['router:external'] && !network.shared && !context.isAdmin) {
    throw new ExternalNetworkAttachForbidden({ network_uuid: network.id })
  }
}
