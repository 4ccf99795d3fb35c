import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../../lib/context/index.js'
import { NetworkNotFound, PortInUse, PortNotFound } from '../../lib/exception/index.js'
import type {
  AllocateOptions,
  NetworkedInstance,
  NetworkRef,
  PortDict,
  RequestedNetworks,
} from '../../lib/network/api.js'
import type { NetworkInfo, Vif } from '../../lib/network/model.js'
import { FakeNetwork } from '../../lib/testing/index.js'

interface Port {
  readonly id: string
  /** Made by nova, and taken away by it. */
  readonly isNovas: boolean
  readonly address: string
  readonly server: string | null
  readonly host: string | null
}

export const NETWORK_ID = 'aaaaaaaa-0000-4000-8000-00000000000a'

/** A network service with one network, in memory: which ports there are, whose, and bound to which host. */
export class FakePorts extends FakeNetwork {
  readonly #ports = new Map<string, Port>()
  #addresses = 1

  /** A port that somebody made for himself. */
  add(): string {
    return this.#make(null, null, false).id
  }

  of(server: string): readonly Port[] {
    return [...this.#ports.values()].filter(port => port.server === server)
  }

  /** Those that belong to a server. */
  get used(): readonly Port[] {
    return [...this.#ports.values()].filter(port => port.server !== null)
  }

  /** Those that nova made. */
  get novas(): readonly Port[] {
    return [...this.#ports.values()].filter(port => port.isNovas)
  }

  override async allocateForInstance(
    _context?: RequestContext,
    instance?: NetworkedInstance,
    options?: AllocateOptions,
  ): Promise<NetworkInfo> {
    if (!instance || !options) return []
    for (const { networkId, portId } of requestsOf(options.requestedNetworks)) {
      if (portId) this.#take(portId, instance.uuid, options.bindHostId)
      else if (networkId !== 'none') this.#make(instance.uuid, options.bindHostId, true)
    }
    return this.#infoOf(instance.uuid)
  }

  override async allocatePortForInstance(
    context?: RequestContext,
    instance?: NetworkedInstance,
    options?: AllocateOptions,
  ): Promise<NetworkInfo> {
    return this.allocateForInstance(context, instance, options)
  }

  override async deallocateForInstance(
    _context?: RequestContext,
    instance?: NetworkedInstance,
  ): Promise<void> {
    for (const port of this.of(instance?.uuid ?? '')) this.#giveBack(port)
  }

  override async deallocatePortForInstance(
    _context?: RequestContext,
    instance?: NetworkedInstance,
    portId?: string,
  ): Promise<NetworkInfo> {
    const port = this.#ports.get(portId ?? '')
    if (port) this.#giveBack(port)
    return this.#infoOf(instance?.uuid ?? '')
  }

  override async getInstanceNwInfo(
    _context: RequestContext,
    { uuid }: NetworkedInstance,
  ): Promise<NetworkInfo> {
    return this.#infoOf(uuid)
  }

  override async setupInstanceNetworkOnHost(
    _context?: RequestContext,
    instance?: NetworkedInstance,
    host?: string,
  ): Promise<void> {
    for (const port of this.of(instance?.uuid ?? '')) {
      this.#ports.set(port.id, { ...port, host: host ?? null })
    }
  }

  override async cleanupInstanceNetworkOnHost(
    _context?: RequestContext,
    instance?: NetworkedInstance,
    host?: string,
  ): Promise<void> {
    for (const port of this.of(instance?.uuid ?? '')) {
      if (port.host === host) this.#ports.set(port.id, { ...port, host: null })
    }
  }

  override async unbindPorts(
    _context?: RequestContext,
    portIds: readonly string[] = [],
  ): Promise<void> {
    for (const id of portIds) {
      const port = this.#ports.get(id)
      if (port) this.#ports.set(id, { ...port, server: null, host: null })
    }
  }

  override async listPorts(_context?: RequestContext, server?: string): Promise<PortDict[]> {
    return this.of(server ?? '').map(dictOf)
  }

  override async showPort(_context: RequestContext, portId: string): Promise<PortDict> {
    const port = this.#ports.get(portId)
    if (!port) throw new PortNotFound({ port_id: portId })
    return dictOf(port)
  }

  override async listNetworks(): Promise<NetworkRef[]> {
    return [{ id: NETWORK_ID, name: 'private' }]
  }

  override async showNetwork(_context: RequestContext, id: string): Promise<NetworkRef> {
    if (id !== NETWORK_ID) throw new NetworkNotFound({ network_id: id })
    return { id, name: 'private' }
  }

  #make(server: string | null, host: string | null, isNovas: boolean): Port {
    const id = randomUUID()
    const port = { id, isNovas, address: `10.0.0.${this.#addresses++}`, server, host }
    this.#ports.set(id, port)
    return port
  }

  #take(id: string, server: string, host: string): void {
    const port = this.#ports.get(id)
    if (!port) throw new PortNotFound({ port_id: id })
    if (port.server !== null && port.server !== server) throw new PortInUse({ port_id: id })
    this.#ports.set(id, { ...port, server, host })
  }

  #giveBack(port: Port): void {
    if (port.isNovas) this.#ports.delete(port.id)
    else this.#ports.set(port.id, { ...port, server: null, host: null })
  }

  #infoOf(server: string): Vif[] {
    return this.of(server).map(vifOf)
  }
}

const requestsOf = (requested: RequestedNetworks) =>
  requested === null || typeof requested === 'string' ? [] : [...requested]

const dictOf = ({ id, address, server }: Port): PortDict => ({
  id,
  device_id: server ?? '',
  network_id: NETWORK_ID,
  mac_address: macOf(address),
  fixed_ips: [{ subnet_id: 'subnet', ip_address: address }],
  status: 'ACTIVE',
})

const macOf = (address: string): string =>
  `fa:16:3e:00:00:${Number(address.split('.')[3]).toString(16).padStart(2, '0')}`

const vifOf = ({ id, address, isNovas }: Port): Vif => ({
  id,
  address: macOf(address),
  network: {
    id: NETWORK_ID,
    bridge: null,
    label: 'private',
    subnets: [
      {
        cidr: '10.0.0.0/24',
        dns: [],
        gateway: null,
        ips: [{ address, type: 'fixed', version: 4, meta: {}, floating_ips: [] }],
        routes: [],
        version: 4,
        meta: {},
      },
    ],
    meta: {},
  },
  type: 'bridge',
  details: null,
  devname: null,
  ovs_interfaceid: null,
  qbh_params: null,
  qbg_params: null,
  active: true,
  vnic_type: 'normal',
  profile: null,
  preserve_on_delete: !isNovas,
  delegate_create: false,
  meta: {},
})
