import type { RequestContext } from '../context/index.js'
import {
  FixedIpNotFoundForInstance,
  FloatingIpNotFound,
  FloatingIpNotFoundForAddress,
  FloatingIpPoolNotFound,
  NetworkNotFound,
  NetworkNotFoundForInstance,
  PortNotFound,
  SecurityGroupLimitExceeded,
  SecurityGroupNotFound,
} from '../exception/index.js'
import type {
  NetworkApi,
  NetworkedInstance,
  NetworkRef,
  PortDict,
  RequestedNetworks,
  SecurityGroupRef,
} from '../network/api.js'
import type { FloatingIpApi } from '../network/floating-ips.js'
import type { NetworkInfo } from '../network/model.js'
import type { SecurityGroupApi } from '../network/security-group-api.js'
import type { SecurityGroup } from '../network/security-group-rules.js'
import { PROJECT_ID } from './users.js'

const defaultGroup: SecurityGroupRef = {
  id: '5d6f1a3c-4a3c-4f0e-9a3e-0d9c1c7a5b11',
  name: 'default',
}

const shownGroup: SecurityGroup = {
  ...defaultGroup,
  description: 'Default security group',
  projectId: PROJECT_ID,
  rules: [],
}

/** A network service that has one security group, `default`, and gives nobody a port. */
export class FakeNetwork implements NetworkApi {
  readonly floatingIps = noFloatingIps
  readonly securityGroups = oneSecurityGroup

  async validateNetworks(
    _context: RequestContext,
    _requested: RequestedNetworks,
    count: number,
  ): Promise<number> {
    return count
  }

  async allocateForInstance(): Promise<NetworkInfo> {
    return []
  }

  async deallocateForInstance(): Promise<void> {}

  async allocatePortForInstance(): Promise<NetworkInfo> {
    return []
  }

  async deallocatePortForInstance(): Promise<NetworkInfo> {
    return []
  }

  async getInstanceNwInfo(
    _context: RequestContext,
    _instance: NetworkedInstance,
    current: NetworkInfo = [],
  ): Promise<NetworkInfo> {
    return current
  }

  async setupInstanceNetworkOnHost(): Promise<void> {}

  async bindsAhead(): Promise<boolean> {
    return false
  }

  async bindPortsAhead(): Promise<void> {}

  async activateBindings(): Promise<void> {}

  async deleteBindings(): Promise<void> {}

  async cleanupInstanceNetworkOnHost(): Promise<void> {}

  async unbindPorts(): Promise<void> {}

  async listPorts(): Promise<PortDict[]> {
    return []
  }

  async showPort(_context: RequestContext, portId: string): Promise<PortDict> {
    throw new PortNotFound({ port_id: portId })
  }

  async listSecurityGroups(): Promise<SecurityGroupRef[]> {
    return [defaultGroup]
  }

  async validateSecurityGroup(
    _context: RequestContext,
    nameOrId: string,
  ): Promise<SecurityGroupRef> {
    if (nameOrId === defaultGroup.name || nameOrId === defaultGroup.id) return defaultGroup
    throw new SecurityGroupNotFound({ security_group_id: nameOrId })
  }

  async securityGroupsOf(
    _context: RequestContext,
    instanceUuids: readonly string[],
  ): Promise<ReadonlyMap<string, readonly SecurityGroupRef[]>> {
    return new Map(instanceUuids.map(uuid => [uuid, [defaultGroup]]))
  }

  async listNetworks(): Promise<NetworkRef[]> {
    return []
  }

  async showNetwork(_context: RequestContext, id: string): Promise<NetworkRef> {
    throw new NetworkNotFound({ network_id: id })
  }

  async addFixedIp(_context: RequestContext, { uuid }: NetworkedInstance): Promise<NetworkInfo> {
    throw new NetworkNotFoundForInstance({ instance_id: uuid })
  }

  async removeFixedIp(
    _context: RequestContext,
    { uuid }: NetworkedInstance,
    address: string,
  ): Promise<NetworkInfo> {
    throw new FixedIpNotFoundForInstance({ instance_uuid: uuid, ip: address })
  }
}

const noFloatingIps: FloatingIpApi = {
  pools: async () => [],
  list: async () => [],
  get: async (_context, id) => {
    throw new FloatingIpNotFound({ id })
  },
  getByAddress: async (_context, address) => {
    throw new FloatingIpNotFoundForAddress({ address })
  },
  allocate: async () => {
    throw new FloatingIpPoolNotFound()
  },
  associate: async (_context, _instance, address) => {
    throw new FloatingIpNotFoundForAddress({ address })
  },
  disassociate: async () => {},
  release: async () => {},
}

const unknownGroup = (id: string): never => {
  throw new SecurityGroupNotFound({ security_group_id: id })
}

const oneSecurityGroup: SecurityGroupApi = {
  list: async () => [shownGroup],
  get: async (_context, id) => (id === shownGroup.id ? shownGroup : unknownGroup(id)),
  refs: async (_context, ids) =>
    ids.includes(shownGroup.id) ? [{ ...defaultGroup, projectId: PROJECT_ID }] : [],
  create: async () => {
    throw new SecurityGroupLimitExceeded({ code: 403 })
  },
  update: async (_context, id) => (id === shownGroup.id ? shownGroup : unknownGroup(id)),
  delete: async (_context, id) => unknownGroup(id),
  createRule: async (_context, groupId) => unknownGroup(groupId),
  deleteRule: async (_context, id) => unknownGroup(id),
  ofInstance: async () => [shownGroup],
  addToInstance: async (_context, _instance, nameOrId) => {
    if (nameOrId !== shownGroup.id && nameOrId !== shownGroup.name) unknownGroup(nameOrId)
  },
  removeFromInstance: async (_context, _instance, nameOrId) => unknownGroup(nameOrId),
}
