import { type FilterFactory, oncePerRequest } from './filter.js'

/** Hosts of aggregates with `instance_type` take only the flavors named there. */
export const aggregateTypeAffinityFilter: FilterFactory = () => ({
  name: 'AggregateTypeAffinityFilter',
  ...oncePerRequest,
  hostPasses(host, { flavor }) {
    const names = host.aggregateValues('instance_type')
    return names.size === 0 || names.has(flavor.name)
  },
  why: host =>
    `aggregates take only flavors ${[...host.aggregateValues('instance_type')].join(', ')}`,
})
