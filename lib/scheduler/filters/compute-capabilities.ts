import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'
import { matches } from './extra-spec-operators.js'
import type { HostFilter } from './filter.js'

const SCOPE = 'capabilities'

/** Every extra spec that names a capability of hosts (`capabilities:` or no scope) is met. */
export class ComputeCapabilitiesFilter implements HostFilter {
  readonly name = 'ComputeCapabilitiesFilter'
  readonly runOncePerRequest = true
  readonly runOnRebuild = false

  hostPasses(host: HostState, { flavor }: SchedulerRequest): boolean {
    for (const key in flavor.extraSpecs) {
      const path = key.split(':')
      const scoped = path.length > 1
      if (scoped && path.shift() !== SCOPE) continue
      const value = capability(host, path)
      // Without a scope it may be meant for others, so only a capability that exists counts.
      if (value === undefined && !scoped) continue
      if (!matches(value ?? null, flavor.extraSpecs[key] ?? '')) return false
    }
    return true
  }
}

const capability = (host: HostState, path: readonly string[]): unknown => {
  const [name = '', ...rest] = path
  let value: unknown = capabilities[name]?.(host) ?? host.stats[name]
  for (const part of rest) {
    if (typeof value === 'string') value = parsed(value)
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[part]
  }
  return value
}

/** Attributes of nova's HostState, by nova's names. */
const capabilities: Readonly<Record<string, (host: HostState) => unknown>> = {
  host: host => host.host,
  nodename: host => host.nodename,
  uuid: host => host.uuid,
  cpu_info: host => host.cpuInfo,
  hypervisor_type: host => host.hypervisorType,
  hypervisor_version: host => host.hypervisorVersion,
  hypervisor_hostname: host => host.nodename,
  free_ram_mb: host => host.freeRamMb,
  free_disk_mb: host => host.freeDiskMb,
  vcpus_total: host => host.vcpusTotal,
  vcpus_used: host => host.vcpusUsed,
  total_usable_ram_mb: host => host.totalUsableRamMb,
  total_usable_disk_gb: host => host.totalUsableDiskGb,
  num_instances: host => host.numInstances,
  num_io_ops: host => host.numIoOps,
  stats: host => host.stats,
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
