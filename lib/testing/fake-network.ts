import type { RequestContext } from '../context/index.js'
import { PortNotFound, SecurityGroupNotFound } from '../exception/index.js'
import type {
  NetworkApi,
  NetworkedInstance,
  PortDict,
  RequestedNetworks,
  SecurityGroupRef,
} from '../network/api.js'
import type { NetworkInfo } from '../network/model.js'

const defaultGroup: SecurityGroupRef = {
  id: '5d6f1a3c-4a3c-4f0e-9a3e-0d9c1c7a5b11',
  name: 'default',
}

/** A network service that has one security group, `default`, and gives nobody a port. */
export class FakeNetwork implements NetworkApi {
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

  async addSecurityGroup(): Promise<void> {}

  async removeSecurityGroup(): Promise<void> {}
}
