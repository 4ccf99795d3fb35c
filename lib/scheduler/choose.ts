import type { Audit } from './audit.js'
import type { HostFilter } from './filters/index.js'
import { type HostState, needOf } from './host-state.js'
import { isRebuild, type SchedulerRequest } from './request.js'
import type { RequestFilter } from './request-filters/index.js'
import type { Resources } from './resources.js'

/** Hosts that have room and stand where the request may go: what Placement would have answered. */
export const candidates = (
  hosts: readonly HostState[],
  request: SchedulerRequest,
  resources: Resources,
  requestFilters: readonly RequestFilter[],
  audit?: Audit,
): HostState[] => {
  const isNamed = naming(request)
  const cell = cellOf(request)
  // A rebuilt server is there already, with all that it uses: only what the image asks for is new.
  const stays = isRebuild(request)
  const asked = stays
    ? []
    : requestFilters.filter(filter => filter.concerns?.(request, hosts) ?? true)
  const found: HostState[] = []
  const need = needOf(resources)
  for (const host of hosts) {
    if (isNamed && !isNamed(host)) {
      audit?.dropped(host, 'request', () => 'is not the host that is asked for')
    } else if (stays) {
      found.push(host)
    } else if (host.service.disabled) {
      audit?.dropped(host, 'compute status', () => 'nova-compute is disabled')
    } else if (cell !== null && host.cellUuid !== cell) {
      audit?.dropped(host, 'request', () => `is in another cell than ${cell}`)
    } else if (!host.has(need)) {
      audit?.dropped(host, 'resources', () => host.shortage(resources))
    } else {
      const by = asked.find(filter => !filter.hostPasses(host, request))
      if (!by) found.push(host)
      else audit?.dropped(host, by.name, () => by.why(host, request))
    }
  }
  return found
}

/** The cell that the request may not leave; null: any. */
export const cellOf = ({ destination }: SchedulerRequest): string | null =>
  destination?.allowCrossCellMove ? null : (destination?.cellUuid ?? null)

/**
 * Requested destinations and forced hosts narrow the choice before anything else.
 *
 * @returns null when none is named
 */
export const naming = ({
  destination,
  forceHosts,
  forceNodes,
}: SchedulerRequest): ((host: HostState) => boolean) | null => {
  const wanted = destination?.host?.toLowerCase() ?? null
  const node = destination?.node ?? null
  const forced = new Set(forceHosts.map(name => name.toLowerCase()))
  if (wanted === null && node === null && forced.size === 0 && forceNodes.length === 0) return null
  return host => {
    const name = host.host.toLowerCase()
    if (wanted !== null && wanted !== name) return false
    if (node !== null && node !== host.nodename) return false
    if (forced.size > 0 && !forced.has(name)) return false
    return forceNodes.length === 0 || forceNodes.includes(host.nodename)
  }
}

/**
 * The hosts that the enabled filters let pass.
 *
 * @param first  whether this is the first instance of the request: the others skip what was asked once
 */
export const filtered = (
  hosts: readonly HostState[],
  request: SchedulerRequest,
  filters: readonly HostFilter[],
  first: boolean,
  audit?: Audit,
): readonly HostState[] => {
  const left = withoutIgnored(hosts, request, audit)
  const stays = isRebuild(request)
  const asked = askedFilters(request, filters).filter(
    filter =>
      (first || !filter.runOncePerRequest) &&
      (!stays || filter.runOnRebuild) &&
      (filter.concerns?.(request) ?? true),
  )
  if (asked.length === 0) return left
  const passed: HostState[] = []
  // Host by host, for a host is dearer to fetch from memory than a filter is to call.
  next: for (const host of left) {
    for (const filter of asked) {
      if (filter.hostPasses(host, request)) continue
      audit?.dropped(host, filter.name, () => filter.why?.(host, request) ?? 'does not pass')
      continue next
    }
    passed.push(host)
  }
  return passed
}

/** Forced means forced: only a check of a host that was chosen otherwise still filters. */
export const askedFilters = (
  { forceHosts, forceNodes, hints }: SchedulerRequest,
  filters: readonly HostFilter[],
): readonly HostFilter[] =>
  (forceHosts.length > 0 || forceNodes.length > 0) && hints._nova_check_type === undefined
    ? []
    : filters

export const withoutIgnored = (
  hosts: readonly HostState[],
  { ignoreHosts }: SchedulerRequest,
  audit?: Audit,
): readonly HostState[] => {
  if (ignoreHosts.length === 0) return hosts
  const ignored = new Set(ignoreHosts.map(name => name.toLowerCase()))
  return hosts.filter(host => {
    if (!ignored.has(host.host.toLowerCase())) return true
    audit?.dropped(host, 'request', () => 'is to be left out (ignore_hosts)')
    return false
  })
}
