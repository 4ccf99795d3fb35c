import type { Caller } from './caller.js'
import {
  floatingips,
  networks,
  ports,
  routers,
  securityGroupRules,
  securityGroups,
  subnets,
} from './definitions.js'
import { createFloatingIp, deleteFloatingIp, updateFloatingIp } from './floating-ips.js'
import {
  allWithSubnets,
  createNetwork,
  deleteNetwork,
  updateNetwork,
  withSubnets,
} from './networks.js'
import { createPort, deletePort, updatePort } from './ports.js'
import type { ResourceDef } from './resource.js'
import { createRouter, deleteRouter, updateRouter } from './routers.js'
import {
  allWithRules,
  createGroup,
  createRule,
  deleteGroup,
  deleteRule,
  updateGroup,
  withRules,
} from './security-groups.js'
import type { Db, StoredDoc } from './store.js'
import { createSubnet, deleteSubnet, updateSubnet } from './subnets.js'

/** A collection under /v2.0: its definition, and what its verbs do. */
export interface Collection {
  readonly def: ResourceDef
  /** the attribute that the store's parent column holds */
  readonly parentKey: string
  readonly create: (caller: Caller, values: unknown) => Promise<StoredDoc>
  readonly update?: (caller: Caller, id: string, values: unknown) => Promise<StoredDoc>
  readonly remove: (caller: Caller, id: string) => Promise<void>
  /** Fills in what is not stored with the resource. */
  readonly complete?: (db: Db, docs: readonly StoredDoc[]) => Promise<StoredDoc[]>
  /** The attribute that this fills in. */
  readonly completes?: string
}

export const collections: readonly Collection[] = [
  {
    def: networks,
    parentKey: '',
    create: async (caller, values) => withSubnets(caller.db, await createNetwork(caller, values)),
    update: updateNetwork,
    remove: deleteNetwork,
    complete: allWithSubnets,
    completes: 'subnets',
  },
  {
    def: subnets,
    parentKey: 'network_id',
    create: createSubnet,
    update: updateSubnet,
    remove: deleteSubnet,
  },
  {
    def: ports,
    parentKey: 'network_id',
    create: createPort,
    update: updatePort,
    remove: deletePort,
  },
  {
    def: securityGroups,
    parentKey: '',
    create: async (caller, values) => withRules(caller.db, await createGroup(caller, values)),
    update: updateGroup,
    remove: deleteGroup,
    complete: allWithRules,
    completes: 'security_group_rules',
  },
  {
    def: securityGroupRules,
    parentKey: 'security_group_id',
    create: createRule,
    remove: deleteRule,
  },
  {
    def: routers,
    parentKey: '',
    create: createRouter,
    update: updateRouter,
    remove: deleteRouter,
  },
  {
    def: floatingips,
    parentKey: 'floating_network_id',
    create: createFloatingIp,
    update: updateFloatingIp,
    remove: deleteFloatingIp,
  },
]
