import { alembicVersion } from './alembic-version.js'
import { blockDeviceMapping, shareMapping, volumeUsageCache } from './cell/block-devices.js'
import { consoleAuthTokens, consolePools, consoles } from './cell/consoles.js'
import { instanceTypeExtraSpecs, instanceTypeProjects, instanceTypes } from './cell/flavors.js'
import { instanceActions, instanceActionsEvents } from './cell/instance-actions.js'
import {
  instanceExtra,
  instanceFaults,
  instanceIdMappings,
  instanceInfoCaches,
  instanceMetadata,
  instanceSystemMetadata,
  instances,
  tags,
} from './cell/instances.js'
import {
  agentBuilds,
  bwUsageCache,
  cells,
  certificates,
  s3Images,
  snapshotIdMappings,
  snapshots,
  volumeIdMappings,
} from './cell/legacy.js'
import { migrations } from './cell/migrations.js'
import {
  aggregateHosts,
  aggregateMetadata,
  aggregates,
  allocations,
  instanceGroupMember,
  instanceGroupPolicy,
  instanceGroups,
  inventories,
  keyPairs,
  resourceProviderAggregates,
  resourceProviders,
} from './cell/moved.js'
import {
  dnsDomains,
  fixedIps,
  floatingIps,
  networks,
  providerFwRules,
  virtualInterfaces,
} from './cell/network.js'
import {
  projectUserQuotas,
  quotaClasses,
  quotas,
  quotaUsages,
  reservations,
} from './cell/quotas.js'
import {
  securityGroupDefaultRules,
  securityGroupInstanceAssociation,
  securityGroupRules,
  securityGroups,
} from './cell/security-groups.js'
import { computeNodes, pciDevices, services, taskLog } from './cell/services.js'
import { shadowTables } from './shadow.js'
import type { SchemaOf } from './table.js'

/** The tables of a cell's database (and cell0's), each after those that it refers to. */
export const cellTables = {
  alembic_version: alembicVersion,
  instances: instances,
  instance_extra: instanceExtra,
  instance_info_caches: instanceInfoCaches,
  instance_metadata: instanceMetadata,
  instance_system_metadata: instanceSystemMetadata,
  instance_faults: instanceFaults,
  instance_id_mappings: instanceIdMappings,
  tags: tags,
  instance_actions: instanceActions,
  instance_actions_events: instanceActionsEvents,
  block_device_mapping: blockDeviceMapping,
  volume_usage_cache: volumeUsageCache,
  share_mapping: shareMapping,
  services: services,
  compute_nodes: computeNodes,
  pci_devices: pciDevices,
  task_log: taskLog,
  migrations: migrations,
  console_auth_tokens: consoleAuthTokens,
  console_pools: consolePools,
  consoles: consoles,
  virtual_interfaces: virtualInterfaces,
  networks: networks,
  fixed_ips: fixedIps,
  floating_ips: floatingIps,
  dns_domains: dnsDomains,
  provider_fw_rules: providerFwRules,
  security_groups: securityGroups,
  security_group_rules: securityGroupRules,
  security_group_instance_association: securityGroupInstanceAssociation,
  security_group_default_rules: securityGroupDefaultRules,
  quotas: quotas,
  quota_classes: quotaClasses,
  project_user_quotas: projectUserQuotas,
  quota_usages: quotaUsages,
  reservations: reservations,
  instance_types: instanceTypes,
  instance_type_extra_specs: instanceTypeExtraSpecs,
  instance_type_projects: instanceTypeProjects,
  aggregates: aggregates,
  aggregate_hosts: aggregateHosts,
  aggregate_metadata: aggregateMetadata,
  instance_groups: instanceGroups,
  instance_group_member: instanceGroupMember,
  instance_group_policy: instanceGroupPolicy,
  key_pairs: keyPairs,
  allocations: allocations,
  inventories: inventories,
  resource_providers: resourceProviders,
  resource_provider_aggregates: resourceProviderAggregates,
  cells: cells,
  agent_builds: agentBuilds,
  certificates: certificates,
  bw_usage_cache: bwUsageCache,
  s3_images: s3Images,
  snapshots: snapshots,
  snapshot_id_mappings: snapshotIdMappings,
  volume_id_mappings: volumeIdMappings,
  ...shadowTables,
}

/** Rows of a cell's database, by table. */
export type CellSchema = SchemaOf<typeof cellTables>
