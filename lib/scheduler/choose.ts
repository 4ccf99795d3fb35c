import type { HostFilter } from './filters/index.js'
import type { HostState } from './host-state.js'
import { isRebuild, type SchedulerRequest } from './request.js'
import type { Resources } from './resources.js'

/** Hosts that have room and stand in the zone asked for: what Placement would have answered. */
export const candidates = (
  hosts: readonly HostState[],
  request: SchedulerRequest,
  resources: Resources,
  zone: HostFilter,
): HostState[] => {
  // It is there already, with all that it uses: only what the image asks for is new.
  if (isRebuild(request)) return hosts.filter(host => isNamed(host, request))
  const cell = request.destination?.cellUuid ?? null
  return hosts.filter(
    host =>
      !host.service.disabled &&
      (cell === null || host.cellUuid === cell) &&
      isNamed(host, request) &&
      zone.hostPasses(host, request) &&
      host.hasRoomFor(resources),
  )
}

/** Requested destinations and forced hosts narrow the choice before anything else. */
const isNamed = (
  host: HostState,
  { destination, forceHosts, forceNodes }: SchedulerRequest,
): boolean => {
  if (destination?.host && !sameName(destination.host, host.host)) return false
  if (destination?.node && destination.node !== host.nodename) return false
  if (forceHosts.length > 0 && !forceHosts.some(name => sameName(name, host.host))) return false
  return forceNodes.length === 0 || forceNodes.includes(host.nodename)
}

const sameName = (a: string, b: string): boolean => a === b || a.toLowerCase() === b.toLowerCase()

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
): HostState[] => {
  const ignored = new Set(request.ignoreHosts.map(name => name.toLowerCase()))
  let left = hosts.filter(({ host }) => !ignored.has(host.toLowerCase()))
  const forced = request.forceHosts.length > 0 || request.forceNodes.length > 0
  const checked = request.hints._nova_check_type !== undefined
  // Forced means forced: only a check of a host that was chosen otherwise still filters.
  if (forced && !checked) return left
  for (const filter of filters) {
    if (left.length === 0) break
    if (!first && filter.runOncePerRequest) continue
    if (isRebuild(request) && !filter.runOnRebuild) continue
    left = left.filter(host => filter.hostPasses(host, request))
  }
  return left
}
