import { randomUUID } from 'node:crypto'
import { PortBindingFailed } from '../../lib/exception/index.js'
import type { NetworkApi } from '../../lib/network/api.js'
import type { Vif } from '../../lib/network/model.js'

/** Ports in memory: who has which, and what to do before one is made. */
export class FakeNetworks {
  readonly ports = new Map<string, string>()
  /** Where the ports of an instance are bound. */
  readonly hosts = new Map<string, string>()
  /** Instance → hosts that its ports are bound to beside that. */
  readonly ahead = new Map<string, Set<string>>()
  /** Hosts that no port can be bound to. */
  readonly unreachable = new Set<string>()
  /** Ports come up only when somebody says so. */
  isSlow = false
  beforeAllocate: (instanceUuid: string) => Promise<void> | void = () => {}

  readonly api: Partial<NetworkApi> = {
    allocateForInstance: async (_context, instance, { requestedNetworks, bindHostId }) => {
      await this.beforeAllocate(instance.uuid)
      this.hosts.set(instance.uuid, bindHostId)
      const wanted = [
        ...(requestedNetworks === null || typeof requestedNetworks === 'string'
          ? []
          : requestedNetworks),
      ]
      if (wanted.some(({ networkId }) => networkId === 'none')) return []
      const id = randomUUID()
      this.ports.set(id, instance.uuid)
      return [{ ...vif(id), active: !this.isSlow }]
    },
    deallocateForInstance: async (_context, instance) => {
      for (const [port, owner] of this.ports) if (owner === instance.uuid) this.ports.delete(port)
    },
    setupInstanceNetworkOnHost: async (_context, instance, host) => {
      this.hosts.set(instance.uuid, host)
    },
    bindsAhead: async () => true,
    bindPortsAhead: async (_context, { uuid }, host) => {
      if (this.unreachable.has(host)) throw new PortBindingFailed({ port_id: uuid })
      this.ahead.set(uuid, new Set(this.ahead.get(uuid)).add(host))
    },
    activateBindings: async (_context, { uuid }, host) => {
      const before = this.hosts.get(uuid)
      const others = this.ahead.get(uuid)
      if (!others?.delete(host)) return
      if (before) others.add(before)
      this.hosts.set(uuid, host)
    },
    deleteBindings: async (_context, { uuid }, host) => {
      this.ahead.get(uuid)?.delete(host)
    },
    cleanupInstanceNetworkOnHost: async (_context, instance, host) => {
      if (this.hosts.get(instance.uuid) === host) this.hosts.delete(instance.uuid)
    },
    getInstanceNwInfo: async (_context, instance) =>
      [...this.ports]
        .filter(([, owner]) => owner === instance.uuid)
        .map(([port]) => ({ ...vif(port), active: !this.isSlow })),
  }
}

const vif = (id: string): Vif => ({
  id,
  address: 'fa:16:3e:00:00:01',
  network: { id: 'net', bridge: null, label: 'private', subnets: [], meta: {} },
  type: 'bridge',
  details: null,
  devname: null,
  ovs_interfaceid: null,
  qbh_params: null,
  qbg_params: null,
  active: true,
  vnic_type: 'normal',
  profile: null,
  preserve_on_delete: false,
  delegate_create: false,
  meta: {},
})
