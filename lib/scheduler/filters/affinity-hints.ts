import { BlockList, isIP } from 'node:net'
import type { HostState } from '../host-state.js'
import { hint, hints, type SchedulerRequest } from '../request.js'
import { type FilterFactory, oncePerRequest } from './filter.js'

const on = (host: HostState, uuids: readonly string[]): string[] =>
  uuids.filter(uuid => host.instances.has(uuid))

/** Hint `same_host`: where some of these servers are. */
export const sameHostFilter: FilterFactory = () => ({
  name: 'SameHostFilter',
  ...oncePerRequest,
  concerns: request => hints(request, 'same_host').length > 0,
  hostPasses(host, request) {
    const uuids = hints(request, 'same_host')
    return uuids.length === 0 || uuids.some(uuid => host.instances.has(uuid))
  },
  why: () => 'has none of the servers of the hint same_host',
})

/** Hint `different_host`: where none of these servers is. */
export const differentHostFilter: FilterFactory = () => ({
  name: 'DifferentHostFilter',
  ...oncePerRequest,
  concerns: request => hints(request, 'different_host').length > 0,
  hostPasses: (host, request) =>
    host.instances.size === 0 ||
    !hints(request, 'different_host').some(uuid => host.instances.has(uuid)),
  why: (host, request) =>
    `has ${on(host, hints(request, 'different_host')).join(', ')} of the hint different_host`,
})

/** Hints `build_near_host_ip` and `cidr` (`/24` without it): hosts of that subnet. */
export const simpleCIDRAffinityFilter: FilterFactory = () => ({
  name: 'SimpleCIDRAffinityFilter',
  ...oncePerRequest,
  concerns: request => hint(request, 'build_near_host_ip') !== null,
  hostPasses(host, request) {
    if (hint(request, 'build_near_host_ip') === null) return true
    const { hostIp } = host
    if (hostIp === null || isIP(hostIp) === 0) return false
    return subnetOf(request)?.check(hostIp, isIP(hostIp) === 6 ? 'ipv6' : 'ipv4') ?? false
  },
  why: (host, request) =>
    `its address ${host.hostIp ?? 'is not known and so'} is not in ${addressIn(request)}`,
})

const addressIn = (request: SchedulerRequest): string =>
  `${hint(request, 'build_near_host_ip')}${hint(request, 'cidr') ?? '/24'}`

const known = new WeakMap<SchedulerRequest['hints'], BlockList | null>()

/** @returns null when the hints name no subnet */
const subnetOf = (request: SchedulerRequest): BlockList | null => {
  let subnet = known.get(request.hints)
  if (subnet === undefined) {
    subnet = parseSubnet(addressIn(request))
    known.set(request.hints, subnet)
  }
  return subnet
}

const parseSubnet = (text: string): BlockList | null => {
  const [, address = '', prefix = ''] = /^([^/]+)\/(\d+)$/.exec(text) ?? []
  const family = isIP(address)
  if (family === 0 || Number(prefix) > (family === 6 ? 128 : 32)) return null
  const list = new BlockList()
  list.addSubnet(address, Number(prefix), family === 6 ? 'ipv6' : 'ipv4')
  return list
}
