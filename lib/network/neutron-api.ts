import type { RequestContext } from '../context/index.js'
import {
  FixedIpAlreadyInUse,
  InterfaceAttachFailedNoNetwork,
  NetworkAmbiguous,
  NetworkNotFound,
  NoMoreFixedIps,
  PortBindingFailed,
  PortInUse,
  PortLimitExceeded,
  PortNotFound,
  PortUpdateFailed,
  SecurityGroupCannotBeApplied,
  SecurityGroupNotFound,
} from '../exception/index.js'
import type { ServiceClientOptions } from '../util/service-client.js'
import type {
  AllocateOptions,
  NetworkApi,
  NetworkedInstance,
  NetworkRef,
  NetworkRequestLike,
  PortDict,
  RequestedNetworks,
  SecurityGroupRef,
} from './api.js'
import { addFixedIp, removeFixedIp } from './fixed-ips.js'
import { type FloatingIpApi, NeutronFloatingIps } from './floating-ips.js'
import type { NetworkInfo } from './model.js'
import {
  type Doc,
  NeutronClient,
  type NeutronConf,
  NeutronFault,
  type Scope,
} from './neutron-client.js'
import { buildNetworkInfo } from './nw-info.js'
import { PortBindings } from './port-bindings.js'
import { requestedPortIds, wantedOf } from './requested.js'
import { NeutronSecurityGroups, type SecurityGroupApi } from './security-group-api.js'
import { findSecurityGroup, listSecurityGroups, securityGroupIds } from './security-groups.js'
import {
  availableNetworks,
  checkAutoAllocate,
  checkExternal,
  checkPort,
  requestedNetworks,
  showPort,
  validateNetworks,
} from './validate.js'

/** What a port that is given back loses. */
const unbound: Doc = { device_id: '', device_owner: '', 'binding:host_id': null }

/** nova.network.neutron.API. */
export class NeutronNetworkApi implements NetworkApi {
  readonly #client: NeutronClient
  readonly #bindings: PortBindings
  readonly #ovsBridge: string
  readonly floatingIps: FloatingIpApi
  readonly securityGroups: SecurityGroupApi

  constructor(
    conf: NeutronConf,
    options: Omit<ServiceClientOptions, 'type' | 'endpoints' | 'region' | 'interfaces'> = {},
  ) {
    this.#client = new NeutronClient(conf, options)
    this.#bindings = new PortBindings(this.#client)
    this.#ovsBridge = conf.ovs_bridge ?? 'br-int'
    this.floatingIps = new NeutronFloatingIps(this.#client, conf.default_floating_pool ?? 'nova')
    this.securityGroups = new NeutronSecurityGroups(this.#client)
  }

  validateNetworks(
    context: RequestContext,
    requested: RequestedNetworks,
    count: number,
  ): Promise<number> {
    return validateNetworks(this.#client, context, requested, count)
  }

  async allocateForInstance(
    context: RequestContext,
    instance: NetworkedInstance,
    options: AllocateOptions,
  ): Promise<NetworkInfo> {
    const user = { context, admin: false }
    const admin = { context, admin: true }
    const requests = await this.#requests(context, options.requestedNetworks)
    if (!requests.length) return options.current ?? []

    for (const { portId } of requests) {
      if (portId) checkPort(await showPort(this.#client, user, portId), instance)
    }
    const networkIds = requests.flatMap(({ portId, networkId }) =>
      portId ? [] : [networkId ?? ''],
    )
    const networks = networkIds.length
      ? await requestedNetworks(this.#client, user, networkIds)
      : new Map<string, Doc>()
    const groups = await securityGroupIds(this.#client, user, options.securityGroups ?? [])
    for (const network of networks.values()) {
      checkExternal(context, network)
      if (groups.length && network.port_security_enabled === false) {
        throw new SecurityGroupCannotBeApplied()
      }
    }

    const made: string[] = []
    const given: string[] = []
    const ids: string[] = []
    try {
      for (const request of requests) {
        const id = request.portId ?? (await this.#create(context, instance, request, groups))
        if (!request.portId) made.push(id)
        ids.push(id)
      }
      for (const [index, id] of ids.entries()) {
        if (requests[index]?.portId) given.push(id)
        const port = await this.#client.updatePort(admin, id, {
          device_id: instance.uuid,
          device_owner: deviceOwner(instance),
          'binding:host_id': options.bindHostId,
        })
        if (port['binding:vif_type'] === 'binding_failed')
          throw new PortBindingFailed({ port_id: id })
      }
    } catch (error) {
      await this.#undo(context, made, given)
      throw error
    }
    return this.#networkInfo(context, instance, options.current ?? [], ids, new Set(given))
  }

  async allocatePortForInstance(
    context: RequestContext,
    instance: NetworkedInstance,
    options: AllocateOptions,
  ): Promise<NetworkInfo> {
    const wanted = wantedOf(options.requestedNetworks)
    const [first] = wanted.kind === 'these' ? wanted.requests : []
    if (!first || first.networkId || first.portId) {
      return this.allocateForInstance(context, instance, options)
    }
    const networks = await availableNetworks(this.#client, { context, admin: false }, false)
    const [only, another] = networks
    if (!only) throw new InterfaceAttachFailedNoNetwork({ project_id: instance.projectId })
    if (another) throw new NetworkAmbiguous()
    const requestedNetworks = [{ ...first, networkId: String(only.id) }]
    return this.allocateForInstance(context, instance, { ...options, requestedNetworks })
  }

  async deallocateForInstance(
    context: RequestContext,
    instance: NetworkedInstance,
    options: {
      readonly requestedNetworks?: RequestedNetworks
      readonly current?: NetworkInfo
    } = {},
  ): Promise<void> {
    const keep = new Set([
      ...requestedPortIds(options.requestedNetworks),
      ...preserved(options.current ?? []),
    ])
    const ports = await this.listPorts(context, instance.uuid)
    const failures: unknown[] = []
    for (const { id } of ports) {
      try {
        if (keep.has(id)) await this.unbindPorts(context, [id])
        else await this.#deletePort(context, id)
      } catch (error) {
        // The others are to go all the same; the first trouble is told.
        failures.push(error)
      }
    }
    if (failures.length) throw failures[0]
  }

  async deallocatePortForInstance(
    context: RequestContext,
    instance: NetworkedInstance,
    portId: string,
    current: NetworkInfo = [],
  ): Promise<NetworkInfo> {
    if (preserved(current).includes(portId)) await this.unbindPorts(context, [portId])
    else await this.#deletePort(context, portId)
    return this.getInstanceNwInfo(
      context,
      instance,
      current.filter(vif => vif.id !== portId),
    )
  }

  getInstanceNwInfo(
    context: RequestContext,
    instance: NetworkedInstance,
    current: NetworkInfo = [],
  ): Promise<NetworkInfo> {
    return this.#networkInfo(context, instance, current, [], new Set())
  }

  async setupInstanceNetworkOnHost(
    context: RequestContext,
    instance: NetworkedInstance,
    host: string,
  ): Promise<void> {
    for (const { id } of await this.listPorts(context, instance.uuid)) {
      try {
        await this.#client.updatePort({ context, admin: true }, id, {
          'binding:host_id': host,
          device_owner: deviceOwner(instance),
        })
      } catch (error) {
        if (!(error instanceof NeutronFault)) throw error
        throw new PortUpdateFailed({ port_id: id, reason: error.message })
      }
    }
  }

  bindsAhead(context: RequestContext): Promise<boolean> {
    return this.#bindings.areThere({ context, admin: true })
  }

  async bindPortsAhead(
    context: RequestContext,
    instance: NetworkedInstance,
    host: string,
  ): Promise<void> {
    if (!(await this.bindsAhead(context))) return
    const scope = { context, admin: true }
    await this.#bindings.create(scope, await this.listPorts(context, instance.uuid), host)
  }

  activateBindings(
    context: RequestContext,
    instance: NetworkedInstance,
    host: string,
  ): Promise<void> {
    return this.#eachPort(context, instance, async (scope, port) => {
      if (port['binding:host_id'] !== host) await this.#bindings.activate(scope, port.id, host)
    })
  }

  deleteBindings(
    context: RequestContext,
    instance: NetworkedInstance,
    host: string,
  ): Promise<void> {
    return this.#eachPort(context, instance, async (scope, port) => {
      // The one that counts is not to be taken away: the server is there.
      if (port['binding:host_id'] !== host) await this.#bindings.remove(scope, port.id, host)
    })
  }

  async #eachPort(
    context: RequestContext,
    instance: NetworkedInstance,
    work: (scope: Scope, port: PortDict) => Promise<void>,
  ): Promise<void> {
    const scope = { context, admin: true }
    if (!(await this.#bindings.areThere(scope))) return
    for (const port of await this.listPorts(context, instance.uuid)) await work(scope, port)
  }

  async cleanupInstanceNetworkOnHost(
    context: RequestContext,
    instance: NetworkedInstance,
    host: string,
  ): Promise<void> {
    for (const port of await this.listPorts(context, instance.uuid)) {
      if (port['binding:host_id'] !== host) continue
      await this.#client.updatePort({ context, admin: true }, port.id, { 'binding:host_id': null })
    }
  }

  async unbindPorts(context: RequestContext, portIds: readonly string[]): Promise<void> {
    for (const id of portIds) {
      try {
        await this.#client.updatePort({ context, admin: true }, id, {
          ...unbound,
          'binding:profile': {},
        })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    }
  }

  async listPorts(context: RequestContext, instanceUuid: string): Promise<PortDict[]> {
    const scope = { context, admin: true }
    return (await this.#client.list(scope, 'ports', { device_id: instanceUuid })).map(portDict)
  }

  async showPort(context: RequestContext, portId: string): Promise<PortDict> {
    return portDict(await showPort(this.#client, { context, admin: false }, portId))
  }

  listSecurityGroups(context: RequestContext): Promise<SecurityGroupRef[]> {
    return listSecurityGroups(this.#client, { context, admin: false })
  }

  async validateSecurityGroup(
    context: RequestContext,
    nameOrId: string,
  ): Promise<SecurityGroupRef> {
    return findSecurityGroup(await this.listSecurityGroups(context), nameOrId)
  }

  async securityGroupsOf(
    context: RequestContext,
    instanceUuids: readonly string[],
  ): Promise<ReadonlyMap<string, readonly SecurityGroupRef[]>> {
    if (!instanceUuids.length) return new Map()
    const scope = { context, admin: false }
    const ports: Doc[] = []
    for (const uuids of chunks(instanceUuids)) {
      ports.push(
        ...(await this.#client.list(scope, 'ports', {
          device_id: uuids,
          fields: ['device_id', 'security_groups'],
        })),
      )
    }
    const ids = [...new Set(ports.flatMap(groupIds))]
    const names = new Map<string, string>()
    for (const some of chunks(ids)) {
      const query = { id: some, fields: ['id', 'name'] }
      for (const group of await this.#client.list(scope, 'security_groups', query)) {
        names.set(String(group.id), String(group.name))
      }
    }
    const groupsOf = new Map<unknown, Set<string>>(instanceUuids.map(uuid => [uuid, new Set()]))
    for (const port of ports) {
      for (const id of groupIds(port)) groupsOf.get(port.device_id)?.add(id)
    }
    return new Map(
      instanceUuids.map(uuid => [
        uuid,
        [...(groupsOf.get(uuid) ?? [])].map(id => ({ id, name: names.get(id) ?? id })),
      ]),
    )
  }

  async listNetworks(context: RequestContext): Promise<NetworkRef[]> {
    const networks = await this.#client.list({ context, admin: false }, 'networks')
    return networks.map(networkRef)
  }

  async showNetwork(context: RequestContext, id: string): Promise<NetworkRef> {
    const scope = { context, admin: false }
    try {
      return networkRef(await this.#client.show(scope, 'networks', 'network', id))
    } catch (error) {
      if (isNotFound(error)) throw new NetworkNotFound({ network_id: id })
      throw error
    }
  }

  async addFixedIp(
    context: RequestContext,
    instance: NetworkedInstance,
    networkId: string,
    current?: NetworkInfo,
  ): Promise<NetworkInfo> {
    await addFixedIp(this.#client, context, instance.uuid, networkId)
    return this.getInstanceNwInfo(context, instance, current)
  }

  async removeFixedIp(
    context: RequestContext,
    instance: NetworkedInstance,
    address: string,
    current?: NetworkInfo,
  ): Promise<NetworkInfo> {
    await removeFixedIp(this.#client, context, instance.uuid, address)
    return this.getInstanceNwInfo(context, instance, current)
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  /** What is asked for, with `auto` and `any` resolved to a network. */
  async #requests(
    context: RequestContext,
    requested: RequestedNetworks,
  ): Promise<readonly NetworkRequestLike[]> {
    const wanted = wantedOf(requested)
    if (wanted.kind === 'none') return []
    if (wanted.kind === 'these') return wanted.requests
    const scope = { context, admin: false }
    const networks = await availableNetworks(this.#client, scope, wanted.kind === 'auto')
    const [only] = networks
    if (networks.length > 1) {
      // The same words as validate_networks, in case a network came between.
      await validateNetworks(this.#client, context, requested, 1)
    }
    if (only) return [{ networkId: String(only.id) }]
    if (wanted.kind === 'any') return []
    return [{ networkId: await checkAutoAllocate(this.#client, scope, false) }]
  }

  async #create(
    context: RequestContext,
    instance: NetworkedInstance,
    request: NetworkRequestLike,
    groups: readonly string[],
  ): Promise<string> {
    const networkId = request.networkId ?? ''
    try {
      const port = await this.#client.createPort(
        { context, admin: false },
        {
          device_id: instance.uuid,
          network_id: networkId,
          admin_state_up: true,
          tenant_id: instance.projectId ?? context.projectId,
          ...(request.address ? { fixed_ips: [{ ip_address: request.address }] } : {}),
          ...(groups.length ? { security_groups: groups } : {}),
        },
      )
      return String(port.id)
    } catch (error) {
      throw portCreateError(error, networkId, request, instance)
    }
  }

  async #undo(context: RequestContext, made: readonly string[], given: readonly string[]) {
    // What caused this is told; that the clean-up failed too would only hide it.
    await Promise.allSettled([
      ...made.map(id => this.#deletePort(context, id)),
      this.unbindPorts(context, given),
    ])
  }

  async #deletePort(context: RequestContext, id: string): Promise<void> {
    try {
      await this.#client.deletePort({ context, admin: true }, id)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  async #networkInfo(
    context: RequestContext,
    instance: NetworkedInstance,
    current: NetworkInfo,
    added: readonly string[],
    given: ReadonlySet<string>,
  ): Promise<NetworkInfo> {
    const ports = await this.listPorts(context, instance.uuid)
    return buildNetworkInfo(this.#client, { context, admin: true }, ports, {
      ovsBridge: this.#ovsBridge,
      preexisting: new Set([...given, ...preserved(current)]),
      order: [...current.map(vif => vif.id), ...added],
    })
  }
}

const deviceOwner = (instance: NetworkedInstance): string =>
  `compute:${instance.availabilityZone ?? ''}`

const preserved = (info: NetworkInfo): string[] =>
  info.filter(vif => vif.preserve_on_delete).map(vif => vif.id)

const groupIds = (port: Doc): string[] =>
  Array.isArray(port.security_groups) ? port.security_groups.map(String) : []

const networkRef = ({ id, name }: Doc): NetworkRef => ({ id: String(id), name: String(name ?? '') })

const portDict = (doc: Doc): PortDict => ({ ...doc, id: String(doc.id) })

const isNotFound = (error: unknown): boolean =>
  error instanceof NeutronFault && error.status === 404

/** Ids in a query: as many as an address of 8 kB has room for. */
const chunks = <T>(values: readonly T[], size = 100): T[][] =>
  Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  )

/** nova's table of what a refused POST /ports means. */
const portCreateError = (
  error: unknown,
  networkId: string,
  request: NetworkRequestLike,
  instance: NetworkedInstance,
): unknown => {
  if (!(error instanceof NeutronFault)) return error
  switch (error.type) {
    case 'IpAddressInUse':
    case 'IpAddressAlreadyAllocated':
      return new FixedIpAlreadyInUse({ address: request.address, instance_uuid: instance.uuid })
    case 'OverQuota':
      return new PortLimitExceeded()
    case 'IpAddressGenerationFailure':
      return new NoMoreFixedIps({ net: networkId })
    case 'MacAddressInUse':
      return new PortInUse({ port_id: request.portId ?? '' })
    case 'NetworkNotFound':
      return new NetworkNotFound({ network_id: networkId })
    case 'PortNotFound':
      return new PortNotFound({ port_id: request.portId ?? '' })
    case 'SecurityGroupNotFound':
      return new SecurityGroupNotFound(error.message)
    default:
      return error
  }
}
