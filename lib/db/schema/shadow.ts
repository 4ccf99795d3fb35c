import { alembicVersion } from './alembic-version.js'
import { blockDeviceMapping, volumeUsageCache } from './cell/block-devices.js'
import { consolePools, consoles } from './cell/consoles.js'
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
  instanceGroupMember,
  instanceGroupPolicy,
  instanceGroups,
  keyPairs,
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
import { integer, varchar } from './columns.js'
import { shadowOf } from './table.js'

/** Where `archive_deleted_rows` moves soft-deleted rows: the same columns, no keys but the primary. */
export const shadowTables = {
  shadow_alembic_version: shadowOf(alembicVersion),
  shadow_instances: shadowOf(instances),
  shadow_instance_extra: shadowOf(instanceExtra),
  shadow_instance_info_caches: shadowOf(instanceInfoCaches),
  shadow_instance_metadata: shadowOf(instanceMetadata),
  shadow_instance_system_metadata: shadowOf(instanceSystemMetadata),
  shadow_instance_faults: shadowOf(instanceFaults),
  shadow_instance_id_mappings: shadowOf(instanceIdMappings),
  shadow_instance_actions: shadowOf(instanceActions),
  shadow_instance_actions_events: shadowOf(instanceActionsEvents),
  shadow_block_device_mapping: shadowOf(blockDeviceMapping),
  shadow_volume_usage_cache: shadowOf(volumeUsageCache),
  shadow_services: shadowOf(services),
  shadow_compute_nodes: shadowOf(computeNodes),
  shadow_pci_devices: shadowOf(pciDevices, {
    deleted: integer().notNull(),
    product_id: varchar(4),
    vendor_id: varchar(4),
    dev_type: varchar(8),
  }),
  shadow_task_log: shadowOf(taskLog),
  shadow_migrations: shadowOf(migrations),
  shadow_console_pools: shadowOf(consolePools),
  shadow_consoles: shadowOf(consoles),
  shadow_virtual_interfaces: shadowOf(virtualInterfaces),
  shadow_networks: shadowOf(networks),
  shadow_fixed_ips: shadowOf(fixedIps),
  shadow_floating_ips: shadowOf(floatingIps),
  shadow_dns_domains: shadowOf(dnsDomains),
  shadow_provider_fw_rules: shadowOf(providerFwRules),
  shadow_security_groups: shadowOf(securityGroups),
  shadow_security_group_rules: shadowOf(securityGroupRules),
  shadow_security_group_instance_association: shadowOf(securityGroupInstanceAssociation),
  shadow_security_group_default_rules: shadowOf(securityGroupDefaultRules),
  shadow_quotas: shadowOf(quotas),
  shadow_quota_classes: shadowOf(quotaClasses),
  shadow_project_user_quotas: shadowOf(projectUserQuotas),
  shadow_quota_usages: shadowOf(quotaUsages),
  shadow_reservations: shadowOf(reservations),
  shadow_instance_types: shadowOf(instanceTypes),
  shadow_instance_type_extra_specs: shadowOf(instanceTypeExtraSpecs),
  shadow_instance_type_projects: shadowOf(instanceTypeProjects),
  shadow_aggregates: shadowOf(aggregates),
  shadow_aggregate_hosts: shadowOf(aggregateHosts),
  shadow_aggregate_metadata: shadowOf(aggregateMetadata),
  shadow_instance_groups: shadowOf(instanceGroups),
  shadow_instance_group_member: shadowOf(instanceGroupMember),
  shadow_instance_group_policy: shadowOf(instanceGroupPolicy),
  shadow_key_pairs: shadowOf(keyPairs, { name: varchar(255) }),
  shadow_cells: shadowOf(cells),
  shadow_agent_builds: shadowOf(agentBuilds),
  shadow_certificates: shadowOf(certificates),
  shadow_bw_usage_cache: shadowOf(bwUsageCache),
  shadow_s3_images: shadowOf(s3Images),
  shadow_snapshots: shadowOf(snapshots),
  shadow_snapshot_id_mappings: shadowOf(snapshotIdMappings),
  shadow_volume_id_mappings: shadowOf(volumeIdMappings),
}
