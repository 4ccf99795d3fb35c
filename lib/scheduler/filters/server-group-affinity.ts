import { membersOn, type SchedulerRequest } from '../request.js'
import { type FilterFactory, type HostFilter, perInstance } from './filter.js'

/** Members of an `affinity` group stay on the host where the first one went. */
const affinity = (name: string): HostFilter => ({
  name,
  ...perInstance,
  concerns: ({ group }) => group?.policy === 'affinity' && group.hosts.length > 0,
  hostPasses(host, { group }) {
    if (group?.policy !== 'affinity' || group.hosts.length === 0) return true
    return group.hosts.includes(host.host)
  },
  why: (_host, { group }) => `the group is on ${group?.hosts.join(', ')}`,
})

/** Members of an `anti-affinity` group share a host only as far as its rule permits. */
const antiAffinity = (name: string): HostFilter => ({
  name,
  ...perInstance,
  concerns: ({ group }) => group?.policy === 'anti-affinity',
  hostPasses(host, request) {
    const { group, instanceUuid } = request
    if (group?.policy !== 'anti-affinity') return true
    // It is there already: a check of the host that it is on.
    if (instanceUuid !== null && host.instances.has(instanceUuid)) return true
    return membersOn(host, request) < group.maxServerPerHost
  },
  why: (host, request: SchedulerRequest) =>
    `has ${membersOn(host, request)} of the group's members, of at most ${request.group?.maxServerPerHost}`,
})

export const serverGroupAffinityFilter: FilterFactory = () => affinity('ServerGroupAffinityFilter')
export const serverGroupAntiAffinityFilter: FilterFactory = () =>
  antiAffinity('ServerGroupAntiAffinityFilter')

/** Names of Havana to Kilo, when a group was a hint. */
export const groupAffinityFilter: FilterFactory = () => affinity('GroupAffinityFilter')
export const groupAntiAffinityFilter: FilterFactory = () => antiAffinity('GroupAntiAffinityFilter')
