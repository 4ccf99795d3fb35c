import type { RequestContext } from '../context/index.js'
import type { FloatingIpApi } from './floating-ips.js'
import type { NetworkInfo } from './model.js'
import type { SecurityGroupApi } from './security-group-api.js'

/** The part of `NetworkRequest` (lib/objects) that is read here. */
export interface NetworkRequestLike {
  readonly networkId?: string | null
  /** a fixed address asked for */
  readonly address?: string | null
  readonly portId?: string | null
  readonly tag?: string | null
}

/**
 * What a boot asks for. `none`: no interface at all; `auto`: one network, made if there is none.
 * Null or an empty list, which old clients send: the one network there is, if there is one.
 * A list of one request whose network id is `auto` or `none` means the same as the word.
 */
export type RequestedNetworks = Iterable<NetworkRequestLike> | 'auto' | 'none' | null

/** The part of `Instance` (lib/objects) that is read here. */
export interface NetworkedInstance {
  readonly uuid: string
  readonly projectId?: string | null
  readonly availabilityZone?: string | null
}

export interface AllocateOptions {
  readonly requestedNetworks: RequestedNetworks
  /** names or ids */
  readonly securityGroups?: readonly string[]
  /** goes to `binding:host_id` of every port */
  readonly bindHostId: string
  /** what the cache says so far; ports that it does not know are appended */
  readonly current?: NetworkInfo
}

export interface SecurityGroupRef {
  readonly id: string
  readonly name: string
}

export interface NetworkRef {
  readonly id: string
  readonly name: string
}

/** A port as the `os-interface` API needs it, raw from Neutron. */
export type PortDict = Readonly<Record<string, unknown>> & { readonly id: string }

/** nova's face of Neutron. What names a user's resource acts with the user's token; bindings as admin. */
export interface NetworkApi {
  /**
   * Whether these networks, ports and addresses can be used by the caller.
   *
   * @returns how many servers of `count` the project's port quota leaves room for
   */
  validateNetworks(
    context: RequestContext,
    requested: RequestedNetworks,
    count: number,
  ): Promise<number>
  /** Creates and binds ports; what was made before a failure is taken back. */
  allocateForInstance(
    context: RequestContext,
    instance: NetworkedInstance,
    options: AllocateOptions,
  ): Promise<NetworkInfo>
  /** Deletes the ports that nova made and sets free those that were there before. */
  deallocateForInstance(
    context: RequestContext,
    instance: NetworkedInstance,
    options?: { readonly requestedNetworks?: RequestedNetworks; readonly current?: NetworkInfo },
  ): Promise<void>
  /**
   * One port more, or one given one; a request that names neither means the one network there is.
   *
   * @returns the whole new network info
   * @throws InterfaceAttachFailedNoNetwork, NetworkAmbiguous, and as {@link allocateForInstance}
   */
  allocatePortForInstance(
    context: RequestContext,
    instance: NetworkedInstance,
    options: AllocateOptions,
  ): Promise<NetworkInfo>
  deallocatePortForInstance(
    context: RequestContext,
    instance: NetworkedInstance,
    portId: string,
    current?: NetworkInfo,
  ): Promise<NetworkInfo>
  /**
   * Asks Neutron anew.
   *
   * @param current  the cache, which knows what Neutron does not: `preserve_on_delete`, the order
   */
  getInstanceNwInfo(
    context: RequestContext,
    instance: NetworkedInstance,
    current?: NetworkInfo,
  ): Promise<NetworkInfo>
  /** Binds the server's ports to a host (after a migration, an unshelve, a rebuild elsewhere). */
  setupInstanceNetworkOnHost(
    context: RequestContext,
    instance: NetworkedInstance,
    host: string,
  ): Promise<void>
  /** Whether ports may be bound to a further host ahead (Neutron's `binding-extended`). */
  bindsAhead(context: RequestContext): Promise<boolean>
  /**
   * Binds the server's ports to a host where it may go; what they are bound to now counts on. Nothing where the
   * network service has but one binding of a port.
   *
   * @throws PortBindingFailed
   */
  bindPortsAhead(context: RequestContext, instance: NetworkedInstance, host: string): Promise<void>
  /** What was bound ahead counts from now on. @throws PortBindingActivationFailed */
  activateBindings(
    context: RequestContext,
    instance: NetworkedInstance,
    host: string,
  ): Promise<void>
  /** The server is not at that host any more, or did not get there. @throws PortBindingDeletionFailed */
  deleteBindings(context: RequestContext, instance: NetworkedInstance, host: string): Promise<void>
  /** Takes the ports off their host; they stay the server's. */
  cleanupInstanceNetworkOnHost(
    context: RequestContext,
    instance: NetworkedInstance,
    host: string,
  ): Promise<void>
  /** Gives ports back to who made them: no device, no host. Absent ones are no error. */
  unbindPorts(context: RequestContext, portIds: readonly string[]): Promise<void>
  listPorts(context: RequestContext, instanceUuid: string): Promise<PortDict[]>
  showPort(context: RequestContext, portId: string): Promise<PortDict>
  listSecurityGroups(context: RequestContext): Promise<SecurityGroupRef[]>
  /** @throws SecurityGroupNotFound, NoUniqueMatch */
  validateSecurityGroup(context: RequestContext, nameOrId: string): Promise<SecurityGroupRef>
  /** Names of the groups on each server's ports, for `security_groups` of a shown server. */
  securityGroupsOf(
    context: RequestContext,
    instanceUuids: readonly string[],
  ): Promise<ReadonlyMap<string, readonly SecurityGroupRef[]>>
  readonly securityGroups: SecurityGroupApi
  readonly floatingIps: FloatingIpApi
  /** All that the caller sees. */
  listNetworks(context: RequestContext): Promise<NetworkRef[]>
  /** @throws NetworkNotFound */
  showNetwork(context: RequestContext, id: string): Promise<NetworkRef>
  /** @returns the whole new network info. @throws NetworkNotFoundForInstance */
  addFixedIp(
    context: RequestContext,
    instance: NetworkedInstance,
    networkId: string,
    current?: NetworkInfo,
  ): Promise<NetworkInfo>
  /** @returns the whole new network info. @throws FixedIpNotFoundForInstance */
  removeFixedIp(
    context: RequestContext,
    instance: NetworkedInstance,
    address: string,
    current?: NetworkInfo,
  ): Promise<NetworkInfo>
}
