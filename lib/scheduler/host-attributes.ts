import type { HostState } from './host-state.js'

/** Attributes of nova's HostState, by nova's names: what extra specs and JSON queries may name. */
export const hostAttributes: Readonly<Record<string, (host: HostState) => unknown>> = {
  host: host => host.host,
  nodename: host => host.nodename,
  uuid: host => host.uuid,
  cell_uuid: host => host.cellUuid,
  host_ip: host => host.hostIp,
  cpu_info: host => host.cpuInfo,
  hypervisor_type: host => host.hypervisorType,
  hypervisor_version: host => host.hypervisorVersion,
  hypervisor_hostname: host => host.nodename,
  free_ram_mb: host => host.freeRamMb,
  free_disk_mb: host => host.freeDiskMb,
  disk_mb_used: host => host.totalUsableDiskGb * 1024 - host.freeDiskMb,
  vcpus_total: host => host.vcpusTotal,
  vcpus_used: host => host.vcpusUsed,
  total_usable_ram_mb: host => host.totalUsableRamMb,
  total_usable_disk_gb: host => host.totalUsableDiskGb,
  num_instances: host => host.numInstances,
  num_io_ops: host => host.numIoOps,
  failed_builds: host => host.failedBuilds,
  cpu_allocation_ratio: host => host.cpuAllocationRatio,
  ram_allocation_ratio: host => host.ramAllocationRatio,
  disk_allocation_ratio: host => host.diskAllocationRatio,
  supported_instances: host => host.supportedInstances,
  limits: host => host.limits,
  metrics: host => Object.fromEntries(host.metrics),
  stats: host => host.stats,
  service: ({ service }) => ({
    host: service.host,
    disabled: service.disabled,
    forced_down: service.forcedDown,
  }),
}

/** `a.b.c` of a host: an attribute, then keys. @returns undefined when there is none */
export const hostAttribute = (host: HostState, path: readonly string[]): unknown => {
  const [name = '', ...keys] = path
  let value = Object.hasOwn(hostAttributes, name) ? hostAttributes[name]?.(host) : undefined
  for (const key of keys) value = member(value, key)
  return value
}

export const member = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined
