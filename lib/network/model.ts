/** The network_info JSON of `instance_info_caches`: nova's nova.network.model. Keys as stored. */
export interface Ip {
  readonly address: string
  readonly type: 'fixed' | 'floating' | 'gateway' | 'dns'
  readonly version: 4 | 6
  readonly meta: Readonly<Record<string, unknown>>
  /** On fixed addresses only. */
  readonly floating_ips?: readonly Ip[]
}

export interface Route {
  readonly cidr: string
  readonly gateway: Ip
  readonly interface: string | null
}

export interface Subnet {
  readonly cidr: string
  readonly dns: readonly Ip[]
  readonly gateway: Ip | null
  readonly ips: readonly Ip[]
  readonly routes: readonly Route[]
  readonly version: 4 | 6
  readonly meta: Readonly<Record<string, unknown>>
}

export interface Network {
  readonly id: string
  readonly bridge: string | null
  readonly label: string
  readonly subnets: readonly Subnet[]
  readonly meta: Readonly<Record<string, unknown>>
}

/** One interface of a server. */
export interface Vif {
  readonly id: string
  /** MAC */
  readonly address: string
  readonly network: Network
  /** `ovs`, `bridge`, `binding_failed`, `unbound`, … */
  readonly type: string | null
  readonly details: Readonly<Record<string, unknown>> | null
  readonly devname: string | null
  readonly ovs_interfaceid: string | null
  readonly qbh_params: Readonly<Record<string, unknown>> | null
  readonly qbg_params: Readonly<Record<string, unknown>> | null
  readonly active: boolean
  readonly vnic_type: string
  readonly profile: Readonly<Record<string, unknown>> | null
  /** The port was there before the server, and stays after it. */
  readonly preserve_on_delete: boolean
  readonly delegate_create: boolean
  readonly meta: Readonly<Record<string, unknown>>
}

export type NetworkInfo = readonly Vif[]

/** Length of Linux's interface names that nova derives: `tap` and 11 characters of the port. */
const NIC_NAME_LEN = 14

export const devnameOf = (portId: string): string => `tap${portId}`.slice(0, NIC_NAME_LEN)

export const ipOf = (address: string, type: Ip['type'], floatingIps: readonly Ip[] = []): Ip => ({
  address,
  type,
  version: versionOf(address),
  meta: {},
  ...(type === 'fixed' ? { floating_ips: floatingIps } : {}),
})

export const versionOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4)

export const fixedIps = (vif: Vif): Ip[] => vif.network.subnets.flatMap(subnet => [...subnet.ips])

/** One address as the API shows it below its network's name. */
export interface AddressView {
  readonly version: 4 | 6
  readonly addr: string
  readonly type: 'fixed' | 'floating'
  readonly mac: string
}

/**
 * Label of the network → its addresses, in the order of the interfaces; a fixed address is followed
 * by the floating ones that lead to it. Networks that share a label share the entry.
 */
export const addressesByLabel = (info: NetworkInfo): Map<string, AddressView[]> => {
  const networks = new Map<string, AddressView[]>()
  for (const vif of info) {
    const views = networks.get(vif.network.label) ?? []
    networks.set(vif.network.label, views)
    for (const ip of fixedIps(vif)) {
      views.push({ version: ip.version, addr: ip.address, type: 'fixed', mac: vif.address })
      for (const floating of ip.floating_ips ?? []) {
        views.push({
          version: floating.version,
          addr: floating.address,
          type: 'floating',
          mac: vif.address,
        })
      }
    }
  }
  return networks
}

/** Reads `instance_info_caches.network_info`; what is not a list reads as none. */
export const networkInfoFromJson = (text: string | null | undefined): NetworkInfo => {
  if (!text) return []
  const value: unknown = JSON.parse(text)
  return Array.isArray(value) ? (value as Vif[]) : []
}

export const networkInfoToJson = (info: NetworkInfo): string => JSON.stringify(info)
