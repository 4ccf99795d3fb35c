import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'
import type { HostWeigher, WeigherOptions } from './weigher.js'

const membersOn = (host: HostState, { group }: SchedulerRequest): number =>
  group?.members.filter(uuid => host.instances.has(uuid)).length ?? 0

/** Draws the members of a `soft-affinity` group together. */
export class ServerGroupSoftAffinityWeigher implements HostWeigher {
  readonly name = 'ServerGroupSoftAffinityWeigher'
  readonly multiplierKey = 'soft_affinity_weight_multiplier'
  readonly multiplier: number

  constructor(options: WeigherOptions) {
    this.multiplier = options.softAffinity
  }

  weigh(host: HostState, request: SchedulerRequest): number {
    return request.group?.policy === 'soft-affinity' ? membersOn(host, request) : 0
  }
}

/** Keeps the members of a `soft-anti-affinity` group apart while it can. */
export class ServerGroupSoftAntiAffinityWeigher implements HostWeigher {
  readonly name = 'ServerGroupSoftAntiAffinityWeigher'
  readonly multiplierKey = 'soft_anti_affinity_weight_multiplier'
  readonly multiplier: number

  constructor(options: WeigherOptions) {
    this.multiplier = options.softAntiAffinity
  }

  weigh(host: HostState, request: SchedulerRequest): number {
    return request.group?.policy === 'soft-anti-affinity' ? -membersOn(host, request) : 0
  }
}
