import { parseCidr } from './address.js'
import {
  boolean,
  type Convert,
  cidr,
  dict,
  integer,
  ip,
  list,
  mac,
  nullable,
  oneOf,
  record,
  text,
  uuid,
} from './convert.js'
import { flag, identified, type ResourceDef, settable, standard } from './resource.js'

const admin = { adminSets: true } as const
const adminOnly = { adminSets: true, adminSees: true } as const

export const networks: ResourceDef = {
  kind: 'network',
  collection: 'networks',
  attributes: {
    ...identified,
    admin_state_up: flag(true),
    mtu: settable(nullable(integer(0, 65_535)), 1450),
    status: { value: 'ACTIVE' },
    subnets: { value: [] },
    shared: { ...flag(false), ...admin },
    availability_zone_hints: { post: 'optional', convert: list(text()), value: [] },
    availability_zones: { value: [] },
    ipv4_address_scope: { value: null },
    ipv6_address_scope: { value: null },
    'router:external': { ...flag(false), ...admin },
    is_default: { ...flag(false), ...admin },
    port_security_enabled: flag(true),
    'provider:network_type': {
      ...settable(oneOf('vxlan', 'vlan', 'flat', 'gre', 'geneve', 'local'), 'vxlan'),
      ...adminOnly,
    },
    'provider:physical_network': { ...settable(nullable(text(64)), null), ...adminOnly },
    'provider:segmentation_id': {
      ...settable(nullable(integer(0, 16_777_215)), null),
      ...adminOnly,
    },
    ...standard,
  },
}

const routes = list(record({ destination: anyCidr(), nexthop: ip }, ['destination', 'nexthop']), 20)

export const subnets: ResourceDef = {
  kind: 'subnet',
  collection: 'subnets',
  attributes: {
    ...identified,
    network_id: { post: 'required', convert: uuid },
    ip_version: { post: 'required', convert: oneOf(4, 6) },
    subnetpool_id: { value: null },
    enable_dhcp: flag(true),
    ipv6_ra_mode: { post: 'optional', convert: ipv6Mode(), value: null },
    ipv6_address_mode: { post: 'optional', convert: ipv6Mode(), value: null },
    gateway_ip: { post: 'optional', put: true, convert: nullable(ip) },
    cidr: { post: 'required', convert: cidr },
    allocation_pools: {
      post: 'optional',
      put: true,
      convert: list(record({ start: ip, end: ip }, ['start', 'end'])),
    },
    host_routes: settable(routes, []),
    dns_nameservers: settable(list(ip, 5), []),
    service_types: settable(list(text()), []),
    ...standard,
  },
}

const fixedIps = list(record({ subnet_id: uuid, ip_address: ip }), 50)

export const ports: ResourceDef = {
  kind: 'port',
  collection: 'ports',
  attributes: {
    ...identified,
    network_id: { post: 'required', convert: uuid },
    mac_address: { post: 'optional', put: true, convert: mac },
    admin_state_up: flag(true),
    status: { value: 'DOWN' },
    device_id: settable(text(), ''),
    device_owner: settable(text(), ''),
    fixed_ips: { post: 'optional', put: true, convert: fixedIps },
    allowed_address_pairs: settable(
      list(record({ ip_address: ipOrCidr(), mac_address: mac }, ['ip_address']), 10),
      [],
    ),
    extra_dhcp_opts: settable(
      list(
        record({ opt_name: text(), opt_value: nullable(text()), ip_version: oneOf(4, 6) }, [
          'opt_name',
        ]),
      ),
      [],
    ),
    security_groups: { post: 'optional', put: true, convert: nullable(list(uuid)) },
    'binding:vnic_type': settable(
      oneOf('normal', 'direct', 'macvtap', 'baremetal', 'direct-physical', 'virtio-forwarder'),
      'normal',
    ),
    'binding:profile': {
      ...settable(value => (value === null ? {} : dict(value)), {}),
      ...adminOnly,
    },
    'binding:host_id': {
      ...settable(value => (value === null ? '' : text()(value)), ''),
      ...adminOnly,
    },
    'binding:vif_type': { value: 'unbound', adminSees: true },
    'binding:vif_details': { value: {}, adminSees: true },
    port_security_enabled: { post: 'optional', put: true, convert: boolean },
    ...standard,
  },
}

export const securityGroups: ResourceDef = {
  kind: 'security_group',
  collection: 'security_groups',
  attributes: {
    ...identified,
    stateful: flag(true),
    shared: { value: false },
    security_group_rules: { value: [] },
    ...standard,
  },
}

export const securityGroupRules: ResourceDef = {
  kind: 'security_group_rule',
  collection: 'security_group_rules',
  attributes: {
    id: {},
    tenant_id: { post: 'optional', convert: text() },
    security_group_id: { post: 'required', convert: uuid },
    ethertype: {
      post: 'optional',
      convert: value =>
        oneOf(
          'IPv4',
          'IPv6',
        )(typeof value === 'string' ? value.replace(/^ipv([46])$/i, 'IPv$1') : value),
      value: 'IPv4',
    },
    direction: { post: 'required', convert: oneOf('ingress', 'egress') },
    protocol: { post: 'optional', convert: value => value, value: null },
    port_range_min: { post: 'optional', convert: value => value, value: null },
    port_range_max: { post: 'optional', convert: value => value, value: null },
    remote_ip_prefix: { post: 'optional', convert: nullable(ipOrCidr()), value: null },
    remote_group_id: { post: 'optional', convert: nullable(uuid), value: null },
    remote_address_group_id: { value: null },
    normalized_cidr: { value: null },
    ...standard,
    description: { post: 'optional', convert: nullable(text()), value: '' },
  },
}

const gatewayInfo = nullable(
  record(
    {
      network_id: uuid,
      enable_snat: boolean,
      external_fixed_ips: list(record({ subnet_id: uuid, ip_address: ip })),
    },
    ['network_id'],
  ),
)

export const routers: ResourceDef = {
  kind: 'router',
  collection: 'routers',
  attributes: {
    ...identified,
    admin_state_up: flag(true),
    status: { value: 'ACTIVE' },
    external_gateway_info: {
      post: 'optional',
      put: true,
      convert: value => (value !== null && isEmpty(value) ? null : gatewayInfo(value)),
      value: null,
    },
    availability_zones: { value: [] },
    availability_zone_hints: { post: 'optional', convert: list(text()), value: [] },
    distributed: { post: 'optional', convert: boolean, value: false, ...adminOnly },
    ha: { post: 'optional', convert: boolean, value: false, ...adminOnly },
    flavor_id: { value: null },
    routes: settable(routes, []),
    ...standard,
  },
}

export const floatingips: ResourceDef = {
  kind: 'floatingip',
  collection: 'floatingips',
  attributes: {
    id: {},
    tenant_id: { post: 'optional', convert: text() },
    floating_ip_address: { post: 'optional', convert: ip, adminSets: true },
    floating_network_id: { post: 'required', convert: uuid },
    subnet_id: { post: 'optional', convert: nullable(uuid), value: null },
    router_id: { value: null },
    port_id: { post: 'optional', put: true, convert: nullable(uuid), value: null },
    fixed_ip_address: { post: 'optional', put: true, convert: nullable(ip), value: null },
    status: { value: 'DOWN' },
    port_details: { value: null },
    port_forwardings: { value: [] },
    ...standard,
  },
}

function ipv6Mode(): Convert {
  return nullable(oneOf('slaac', 'dhcpv6-stateful', 'dhcpv6-stateless'))
}

/** Host bits may be set: a route or a rule means the network they stand in. */
function anyCidr(): Convert {
  return value => (parseCidr(value) ? value : cidr(value))
}

function ipOrCidr(): Convert {
  return value => (typeof value === 'string' && value.includes('/') ? anyCidr()(value) : ip(value))
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
