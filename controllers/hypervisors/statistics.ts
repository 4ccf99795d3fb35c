import type { Hypervisor } from '../../lib/compute/host-api.js'
import type { ComputeNode } from '../../lib/objects/index.js'

const summed: Readonly<Record<string, (node: ComputeNode) => number | null>> = {
  vcpus: node => node.vcpus,
  memory_mb: node => node.memoryMb,
  local_gb: node => node.localGb,
  vcpus_used: node => node.vcpusUsed,
  memory_mb_used: node => node.memoryMbUsed,
  local_gb_used: node => node.localGbUsed,
  free_ram_mb: node => node.freeRamMb,
  free_disk_gb: node => node.freeDiskGb,
  current_workload: node => node.currentWorkload,
  running_vms: node => node.runningVms,
  disk_available_least: node => node.diskAvailableLeast,
}

/** GET /os-hypervisors/statistics: sums over the nodes whose service is enabled. */
export const statisticsOf = (hypervisors: readonly Hypervisor[]): Record<string, number> => {
  const nodes = hypervisors.filter(({ service }) => !service.disabled).map(({ node }) => node)
  return {
    count: nodes.length,
    ...Object.fromEntries(
      Object.entries(summed).map(([name, value]) => [
        name,
        nodes.reduce((sum, node) => sum + (value(node) ?? 0), 0),
      ]),
    ),
  }
}
