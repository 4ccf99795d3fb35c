import type { HostState } from '../host-state.js'
import { fitNuma } from '../numa-fit.js'
import type { SchedulerRequest } from '../request.js'
import { type FilterFactory, perInstance } from './filter.js'

/** The host's NUMA nodes have what the guest's ask for: CPUs, memory, pages, devices beside them. */
export const numaTopologyFilter: FilterFactory = () => ({
  name: 'NUMATopologyFilter',
  ...perInstance,
  concerns: ({ numaCells }) => numaCells !== null,
  hostPasses(host, request) {
    if (request.numaCells === null) return true
    if (!placeOn(host, request)) return false
    const { cpuAllocationRatio: cpu, ramAllocationRatio: ram } = host
    host.limits.numa_topology = { cpu_allocation_ratio: cpu, ram_allocation_ratio: ram }
    return true
  },
  why: host =>
    host.numaCells === null ? 'has told no NUMA topology' : 'has no such NUMA nodes free',
})

const placeOn = (host: HostState, { numaCells, pciRequests }: SchedulerRequest) =>
  numaCells &&
  host.numaCells &&
  fitNuma(
    host.numaCells,
    numaCells,
    { cpuRatio: host.cpuAllocationRatio, ramRatio: host.ramAllocationRatio },
    { pools: host.pciPools, requests: pciRequests },
  )
