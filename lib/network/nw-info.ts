import { devnameOf, type Ip, ipOf, type NetworkInfo, type Subnet, type Vif } from './model.js'
import { type Doc, docOf, type NeutronClient, type Scope } from './neutron-client.js'

export interface BuildOptions {
  readonly ovsBridge: string
  /** ports that were there before the server */
  readonly preexisting: ReadonlySet<string>
  /** ids in the order the interfaces are to have; ports that it does not name come last */
  readonly order: readonly string[]
}

// Networks whose frames travel inside packets, so that a host needs no physical network for them.
const tunnels = new Set(['vxlan', 'gre', 'geneve'])

/**
 * Ports → network info: networks, subnets, floating addresses and DHCP servers are each asked for once,
 * for all the ports together.
 */
export const buildNetworkInfo = async (
  client: NeutronClient,
  scope: Scope,
  ports: readonly Doc[],
  options: BuildOptions,
): Promise<NetworkInfo> => {
  if (!ports.length) return []
  const networkIds = unique(ports.map(port => String(port.network_id)))
  const subnetIds = unique(
    ports.flatMap(port => fixedIpsOf(port).map(fixed => String(fixed.subnet_id))),
  )
  const [networks, floating, subnets, dhcpPorts] = await Promise.all([
    client.list(scope, 'networks', { id: networkIds }),
    client.list(scope, 'floatingips', { port_id: ports.map(port => String(port.id)) }),
    subnetIds.length ? client.list(scope, 'subnets', { id: subnetIds }) : [],
    client.list(scope, 'ports', { network_id: networkIds, device_owner: 'network:dhcp' }),
  ])

  const dhcpServers = new Map(
    dhcpPorts
      .flatMap(fixedIpsOf)
      .map(fixed => [String(fixed.subnet_id), String(fixed.ip_address)] as const),
  )
  const place = new Map(options.order.map((id, index) => [id, index]))
  const rank = (port: Doc): number => place.get(String(port.id)) ?? place.size
  return ports
    .toSorted((a, b) => rank(a) - rank(b))
    .map(port => vifOf(port, networks, subnetsOf(port, subnets, floating, dhcpServers), options))
}

const vifOf = (
  port: Doc,
  networks: readonly Doc[],
  subnets: readonly Subnet[],
  options: BuildOptions,
): Vif => {
  const id = String(port.id)
  const network = networks.find(one => one.id === port.network_id) ?? {}
  const type = typeof port['binding:vif_type'] === 'string' ? port['binding:vif_type'] : null
  const details = docOf(port['binding:vif_details'])
  const bridge = bridgeOf(type, details, String(port.network_id), options.ovsBridge)
  return {
    id,
    address: String(port.mac_address),
    network: {
      id: String(port.network_id),
      bridge: bridge?.slice(0, 14) ?? null,
      label: String(network.name ?? ''),
      subnets,
      meta: {
        injected: false,
        tenant_id: network.tenant_id ?? null,
        mtu: network.mtu ?? null,
        physical_network: network['provider:physical_network'] ?? null,
        tunneled: tunnels.has(String(network['provider:network_type'])),
        ...(type === 'bridge' ? { should_create_bridge: true } : {}),
      },
    },
    type,
    details,
    devname: devnameOf(id),
    ovs_interfaceid: type === 'ovs' ? id : null,
    qbh_params: null,
    qbg_params: null,
    active: port.admin_state_up === false || port.status === 'ACTIVE',
    vnic_type: String(port['binding:vnic_type'] ?? 'normal'),
    profile: docOf(port['binding:profile']),
    preserve_on_delete: options.preexisting.has(id),
    delegate_create: true,
    meta: {},
  }
}

const bridgeOf = (
  type: string | null,
  details: Doc,
  networkId: string,
  ovsBridge: string,
): string | null => {
  const named = typeof details.bridge_name === 'string' ? details.bridge_name : undefined
  if (type === 'ovs') return named ?? ovsBridge
  if (type === 'bridge') return named ?? `brq${networkId}`
  if (type === 'vhostuser' && details.vhostuser_ovs_plug === true) return named ?? ovsBridge
  return null
}

const subnetsOf = (
  port: Doc,
  subnets: readonly Doc[],
  floating: readonly Doc[],
  dhcpServers: ReadonlyMap<string, string>,
): Subnet[] => {
  const fixed = fixedIpsOf(port)
  const ids = unique(fixed.map(one => String(one.subnet_id)))
  return subnets
    .filter(subnet => ids.includes(String(subnet.id)))
    .toSorted((a, b) => ids.indexOf(String(a.id)) - ids.indexOf(String(b.id)))
    .map(subnet => {
      const dhcpServer = dhcpServers.get(String(subnet.id))
      return {
        cidr: String(subnet.cidr),
        dns: listOf(subnet.dns_nameservers).map(dns => ipOf(String(dns), 'dns')),
        gateway: subnet.gateway_ip ? ipOf(String(subnet.gateway_ip), 'gateway') : null,
        ips: fixed
          .filter(one => one.subnet_id === subnet.id)
          .map(one => fixedIp(String(one.ip_address), port, floating)),
        routes: listOf(subnet.host_routes)
          .map(docOf)
          .map(route => ({
            cidr: String(route.destination),
            gateway: ipOf(String(route.nexthop), 'gateway'),
            interface: null,
          })),
        version: subnet.ip_version === 6 ? 6 : 4,
        meta: dhcpServer ? { dhcp_server: dhcpServer } : {},
      }
    })
}

const fixedIp = (address: string, port: Doc, floating: readonly Doc[]): Ip =>
  ipOf(
    address,
    'fixed',
    floating
      .filter(one => one.port_id === port.id && one.fixed_ip_address === address)
      .map(one => ipOf(String(one.floating_ip_address), 'floating')),
  )

const fixedIpsOf = (port: Doc): Doc[] => listOf(port.fixed_ips).map(docOf)

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const unique = (values: readonly string[]): string[] => [...new Set(values)]
