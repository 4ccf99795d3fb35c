import type { HostState } from '../host-state.js'
import { type FilterFactory, type FilterOptions, type HostFilter, perInstance } from './filter.js'

interface Counted {
  readonly what: string
  readonly count: (host: HostState) => number
  readonly limit: (host: HostState) => number
}

const below = (name: string, { what, count, limit }: Counted): HostFilter => ({
  name,
  ...perInstance,
  hostPasses: host => count(host) < limit(host),
  why: host => `has ${count(host)} ${what}, of at most ${limit(host)}`,
})

const ioOps = { what: 'running operations', count: (host: HostState) => host.numIoOps }
const instances = { what: 'servers', count: (host: HostState) => host.numInstances }

const maxIoOps = ({ conf }: FilterOptions): number => conf.filter_scheduler.max_io_ops_per_host
const maxInstances = ({ conf }: FilterOptions): number =>
  conf.filter_scheduler.max_instances_per_host

/** Fewer than `max_io_ops_per_host` builds, resizes, snapshots, … run there. */
export const ioOpsFilter: FilterFactory = options =>
  below('IoOpsFilter', { ...ioOps, limit: () => maxIoOps(options) })

/** The same, by the least `max_io_ops_per_host` of the host's aggregates. */
export const aggregateIoOpsFilter: FilterFactory = options =>
  below('AggregateIoOpsFilter', {
    ...ioOps,
    limit: host => host.aggregateMinimum('max_io_ops_per_host') ?? maxIoOps(options),
  })

/** Fewer than `max_instances_per_host` servers are there. */
export const numInstancesFilter: FilterFactory = options =>
  below('NumInstancesFilter', { ...instances, limit: () => maxInstances(options) })

/** The same, by the least `max_instances_per_host` of the host's aggregates. */
export const aggregateNumInstancesFilter: FilterFactory = options =>
  below('AggregateNumInstancesFilter', {
    ...instances,
    limit: host => host.aggregateMinimum('max_instances_per_host') ?? maxInstances(options),
  })
