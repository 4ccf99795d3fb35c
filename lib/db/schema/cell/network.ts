import { boolean, datetime, integer, varchar } from '../columns.js'
import { table } from '../table.js'

// `virtual_interfaces`; the others are remnants of nova-network, never touched.

export const virtualInterfaces = table(
  'virtual_interfaces',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    address: varchar(255),
    network_id: integer(),
    uuid: varchar(36),
    instance_uuid: varchar(36),
    deleted: integer(),
    tag: varchar(255),
  },
  {
    uniques: {
      uniq_virtual_interfaces0address0deleted: ['address', 'deleted'],
    },
    indexes: {
      virtual_interfaces_instance_uuid_fkey: ['instance_uuid'],
      virtual_interfaces_network_id_idx: ['network_id'],
      virtual_interfaces_uuid_idx: ['uuid'],
    },
    foreignKeys: {
      virtual_interfaces_instance_uuid_fkey: {
        column: 'instance_uuid',
        references: ['instances', 'uuid'],
      },
    },
  },
)

export const networks = table(
  'networks',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    injected: boolean(),
    cidr: varchar(43),
    netmask: varchar(39),
    bridge: varchar(255),
    gateway: varchar(39),
    broadcast: varchar(39),
    dns1: varchar(39),
    vlan: integer(),
    vpn_public_address: varchar(39),
    vpn_public_port: integer(),
    vpn_private_address: varchar(39),
    dhcp_start: varchar(39),
    project_id: varchar(255),
    host: varchar(255),
    cidr_v6: varchar(43),
    gateway_v6: varchar(39),
    label: varchar(255),
    netmask_v6: varchar(39),
    bridge_interface: varchar(255),
    multi_host: boolean(),
    dns2: varchar(39),
    uuid: varchar(36),
    priority: integer(),
    rxtx_base: integer(),
    deleted: integer(),
    mtu: integer(),
    dhcp_server: varchar(39),
    enable_dhcp: boolean(),
    share_address: boolean(),
  },
  {
    uniques: {
      uniq_networks0vlan0deleted: ['vlan', 'deleted'],
    },
    indexes: {
      networks_bridge_deleted_idx: ['bridge', 'deleted'],
      networks_cidr_v6_idx: ['cidr_v6'],
      networks_host_idx: ['host'],
      networks_project_id_deleted_idx: ['project_id', 'deleted'],
      networks_uuid_project_id_deleted_idx: ['uuid', 'project_id', 'deleted'],
      networks_vlan_deleted_idx: ['vlan', 'deleted'],
    },
  },
)

export const fixedIps = table(
  'fixed_ips',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    address: varchar(39),
    network_id: integer(),
    allocated: boolean(),
    leased: boolean(),
    reserved: boolean(),
    virtual_interface_id: integer(),
    host: varchar(255),
    instance_uuid: varchar(36),
    deleted: integer(),
  },
  {
    uniques: {
      uniq_fixed_ips0address0deleted: ['address', 'deleted'],
    },
    indexes: {
      address: ['address'],
      fixed_ips_address_reserved_network_id_deleted_idx: [
        'address',
        'reserved',
        'network_id',
        'deleted',
      ],
      fixed_ips_deleted_allocated_idx: ['address', 'deleted', 'allocated'],
      fixed_ips_deleted_allocated_updated_at_idx: ['deleted', 'allocated', 'updated_at'],
      fixed_ips_host_idx: ['host'],
      fixed_ips_instance_uuid_fkey: ['instance_uuid'],
      fixed_ips_network_id_host_deleted_idx: ['network_id', 'host', 'deleted'],
      fixed_ips_virtual_interface_id_fkey: ['virtual_interface_id'],
      network_id: ['network_id'],
    },
    foreignKeys: {
      fixed_ips_instance_uuid_fkey: { column: 'instance_uuid', references: ['instances', 'uuid'] },
    },
  },
)

export const floatingIps = table(
  'floating_ips',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    address: varchar(39),
    fixed_ip_id: integer(),
    project_id: varchar(255),
    host: varchar(255),
    auto_assigned: boolean(),
    pool: varchar(255),
    interface: varchar(255),
    deleted: integer(),
  },
  {
    uniques: {
      uniq_floating_ips0address0deleted: ['address', 'deleted'],
    },
    indexes: {
      fixed_ip_id: ['fixed_ip_id'],
      floating_ips_host_idx: ['host'],
      floating_ips_pool_deleted_fixed_ip_id_project_id_idx: [
        'pool',
        'deleted',
        'fixed_ip_id',
        'project_id',
      ],
      floating_ips_project_id_idx: ['project_id'],
    },
  },
)

export const dnsDomains = table(
  'dns_domains',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    deleted: boolean(),
    domain: varchar(255).notNull(),
    scope: varchar(255),
    availability_zone: varchar(255),
    project_id: varchar(255),
  },
  {
    primaryKey: ['domain'],
    indexes: {
      dns_domains_domain_deleted_idx: ['domain', 'deleted'],
      dns_domains_project_id_idx: ['project_id'],
    },
  },
)

export const providerFwRules = table('provider_fw_rules', {
  created_at: datetime(),
  updated_at: datetime(),
  deleted_at: datetime(),
  id: integer().autoIncrement(),
  protocol: varchar(5),
  from_port: integer(),
  to_port: integer(),
  cidr: varchar(43),
  deleted: integer(),
})
