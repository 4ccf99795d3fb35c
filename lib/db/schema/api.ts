import { alembicVersion } from './alembic-version.js'
import { aggregateHosts, aggregateMetadata, aggregates } from './api/aggregates.js'
import { cellMappings, hostMappings, instanceMappings } from './api/cells.js'
import { flavorExtraSpecs, flavorProjects, flavors } from './api/flavors.js'
import { instanceGroupMember, instanceGroupPolicy, instanceGroups } from './api/instance-groups.js'
import { keyPairs } from './api/key-pairs.js'
import {
  allocations,
  consumers,
  inventories,
  placementAggregates,
  projects,
  resourceClasses,
  resourceProviderAggregates,
  resourceProviders,
  resourceProviderTraits,
  traits,
  users,
} from './api/placement.js'
import { projectUserQuotas, quotaClasses, quotas, quotaUsages, reservations } from './api/quotas.js'
import { buildRequests, requestSpecs } from './api/requests.js'
import type { SchemaOf } from './table.js'

/** The tables of the API database (`nova_api`), each after those that it refers to. */
export const apiTables = {
  alembic_version: alembicVersion,
  cell_mappings: cellMappings,
  host_mappings: hostMappings,
  instance_mappings: instanceMappings,
  flavors: flavors,
  flavor_extra_specs: flavorExtraSpecs,
  flavor_projects: flavorProjects,
  build_requests: buildRequests,
  request_specs: requestSpecs,
  aggregates: aggregates,
  aggregate_hosts: aggregateHosts,
  aggregate_metadata: aggregateMetadata,
  instance_groups: instanceGroups,
  instance_group_member: instanceGroupMember,
  instance_group_policy: instanceGroupPolicy,
  key_pairs: keyPairs,
  quotas: quotas,
  quota_classes: quotaClasses,
  project_user_quotas: projectUserQuotas,
  quota_usages: quotaUsages,
  reservations: reservations,
  resource_providers: resourceProviders,
  resource_classes: resourceClasses,
  inventories: inventories,
  allocations: allocations,
  consumers: consumers,
  projects: projects,
  users: users,
  traits: traits,
  resource_provider_traits: resourceProviderTraits,
  resource_provider_aggregates: resourceProviderAggregates,
  placement_aggregates: placementAggregates,
}

/** Rows of the API database, by table. */
export type ApiSchema = SchemaOf<typeof apiTables>
