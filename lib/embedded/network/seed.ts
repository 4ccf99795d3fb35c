import { RequestContext } from '../../context/index.js'
import type { Database } from '../../db/database.js'
import { createNetwork } from './networks.js'
import { find, type NetworkSchema } from './store.js'
import { createSubnet } from './subnets.js'

export interface SeededNetwork {
  readonly networkId: string
  /** false: it was there already */
  readonly created: boolean
}

/**
 * A first network, so that a first server has something to stand in: `private`, shared with all projects,
 * with one IPv4 subnet. Does nothing when the project has a network of that name.
 */
export const seedNetwork = (
  database: Database<NetworkSchema>,
  options: { readonly projectId: string; readonly name?: string; readonly cidr?: string },
): Promise<SeededNetwork> =>
  database.transaction(async db => {
    const name = options.name ?? 'private'
    const [known] = await find(db, 'network', { projects: [options.projectId], names: [name] })
    if (known) return { networkId: known.id, created: false }
    const context = new RequestContext({
      projectId: options.projectId,
      isAdmin: true,
      roles: ['admin'],
    })
    const caller = { db, context }
    const network = await createNetwork(caller, { name, shared: true })
    await createSubnet(caller, {
      name: `${name}-subnet`,
      network_id: network.id,
      ip_version: 4,
      cidr: options.cidr ?? '10.0.0.0/24',
      dns_nameservers: [],
    })
    return { networkId: network.id, created: true }
  })
