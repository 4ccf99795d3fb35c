import type { HostState } from '../host-state.js'
import { type FilterFactory, oncePerRequest } from './filter.js'

/** Hosts of aggregates with `filter_tenant_id…` take only the projects named there. */
export const aggregateMultiTenancyIsolation: FilterFactory = () => ({
  name: 'AggregateMultiTenancyIsolation',
  ...oncePerRequest,
  hostPasses(host, { projectId }) {
    const tenants = tenantsOf(host)
    return tenants.size === 0 || (projectId !== null && tenants.has(projectId))
  },
  why: () => 'an aggregate names the projects that it takes, and not this one',
})

/** Projects that the host's aggregates name; empty: all are welcome. */
export const tenantsOf = (host: HostState): ReadonlySet<string> =>
  host.aggregateSet.valuesBelow('filter_tenant_id')
