import type { HostApi, Hypervisor } from '../../lib/compute/host-api.js'
import { alternatives, since, until, view } from '../../lib/wsgi/index.js'

export interface ServerOfHost {
  readonly name: string
  readonly uuid: string
}

/** A hypervisor with all that its document may tell. */
export interface ShownHypervisor extends Hypervisor {
  /** null: not asked for */
  readonly servers: readonly ServerOfHost[] | null
  /** null: the host did not say */
  readonly uptime: string | null
}

const brief = {
  id: alternatives<ShownHypervisor, HostApi>(
    [({ node }) => node.id, until('2.52')],
    [({ node }) => node.uuid, since('2.53')],
  ),
  hypervisor_hostname: ({ node }: ShownHypervisor) => node.hypervisorHostname,
  state: ({ service }: ShownHypervisor, hosts: HostApi) => (hosts.isUp(service) ? 'up' : 'down'),
  status: ({ service }: ShownHypervisor) => (service.disabled ? 'disabled' : 'enabled'),
}

/** Up to 2.74 a host without servers has no list of them. */
const servers = alternatives<ShownHypervisor, HostApi>(
  [({ servers }) => (servers?.length ? servers : undefined), until('2.74')],
  [({ servers }) => servers ?? undefined, since('2.75')],
)

/** GET /os-hypervisors, search, servers */
export const briefView = view<ShownHypervisor, HostApi>({ ...brief, servers })

/** GET /os-hypervisors/{id}/uptime */
export const uptimeView = view<ShownHypervisor, HostApi>({
  ...brief,
  uptime: ({ uptime }) => uptime,
})

const last = until('2.87')

/** GET /os-hypervisors/detail, /os-hypervisors/{id} */
export const detailView = view<ShownHypervisor, HostApi>({
  ...brief,
  hypervisor_type: ({ node }) => node.hypervisorType,
  hypervisor_version: ({ node }) => node.hypervisorVersion,
  host_ip: ({ node }) => node.get('hostIp') ?? null,
  service: alternatives(
    [({ service }) => serviceOf(service.id, service), until('2.52')],
    [({ service }) => serviceOf(service.uuid, service), since('2.53')],
  ),
  vcpus: [({ node }) => node.vcpus, last],
  memory_mb: [({ node }) => node.memoryMb, last],
  local_gb: [({ node }) => node.localGb, last],
  vcpus_used: [({ node }) => node.vcpusUsed, last],
  memory_mb_used: [({ node }) => node.memoryMbUsed, last],
  local_gb_used: [({ node }) => node.localGbUsed, last],
  free_ram_mb: [({ node }) => node.freeRamMb, last],
  free_disk_gb: [({ node }) => node.freeDiskGb, last],
  current_workload: [({ node }) => node.currentWorkload, last],
  running_vms: [({ node }) => node.runningVms, last],
  disk_available_least: [({ node }) => node.diskAvailableLeast, last],
  cpu_info: alternatives(
    [({ node }) => node.cpuInfo ?? '', until('2.27')],
    [({ node }) => parsed(node.cpuInfo), since('2.28'), last],
  ),
  servers,
  uptime: [({ uptime }) => uptime, since('2.88')],
})

const serviceOf = (id: number | string, { host, disabledReason }: Hypervisor['service']) => ({
  id,
  host,
  disabled_reason: disabledReason,
})

/** Drivers write JSON there. */
const parsed = (text: string | null): unknown => {
  if (!text) return {}
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
