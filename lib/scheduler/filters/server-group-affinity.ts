import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'
import type { HostFilter } from './filter.js'

/** Members of an `affinity` group stay on the host where the first one went. */
export class ServerGroupAffinityFilter implements HostFilter {
  readonly name = 'ServerGroupAffinityFilter'
  readonly runOncePerRequest = false
  readonly runOnRebuild = false

  hostPasses(host: HostState, { group }: SchedulerRequest): boolean {
    if (group?.policy !== 'affinity' || group.hosts.length === 0) return true
    return group.hosts.includes(host.host)
  }
}

/** Members of an `anti-affinity` group share a host only as far as its rule permits. */
export class ServerGroupAntiAffinityFilter implements HostFilter {
  readonly name = 'ServerGroupAntiAffinityFilter'
  readonly runOncePerRequest = false
  readonly runOnRebuild = false

  hostPasses(host: HostState, { group, instanceUuid }: SchedulerRequest): boolean {
    if (group?.policy !== 'anti-affinity') return true
    // It is there already: a check of the host that it is on.
    if (instanceUuid !== null && host.instances.has(instanceUuid)) return true
    const members = group.members.filter(uuid => host.instances.has(uuid)).length
    return members < group.maxServerPerHost
  }
}
