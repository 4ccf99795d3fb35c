import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'
import { type FilterFactory, type HostFilter, perInstance } from './filter.js'

/** One kind of room as the filters up to Train counted it: a total, overcommitted by a ratio. */
interface Room {
  readonly what: string
  readonly total: (host: HostState) => number
  readonly used: (host: HostState) => number
  readonly asked: (request: SchedulerRequest) => number
  readonly ratio: (host: HostState) => number
  readonly ratioKey: string
  readonly keep: (host: HostState, limit: number) => void
}

const cores: Room = {
  what: 'vCPUs',
  total: host => host.vcpusTotal,
  used: host => host.vcpusUsed,
  asked: ({ flavor }) => flavor.vcpus,
  ratio: host => host.cpuAllocationRatio,
  ratioKey: 'cpu_allocation_ratio',
  keep: (host, limit) => {
    host.limits.vcpu = limit
  },
}

const ram: Room = {
  what: 'MiB of memory',
  total: host => host.totalUsableRamMb,
  used: host => host.totalUsableRamMb - host.freeRamMb,
  asked: ({ flavor }) => flavor.memoryMb,
  ratio: host => host.ramAllocationRatio,
  ratioKey: 'ram_allocation_ratio',
  keep: (host, limit) => {
    host.limits.memory_mb = limit
  },
}

const disk: Room = {
  what: 'MiB of disk',
  total: host => host.totalUsableDiskGb * 1024,
  used: host => host.totalUsableDiskGb * 1024 - host.freeDiskMb,
  asked: ({ flavor, isBfv }) =>
    ((isBfv ? 0 : flavor.rootGb) + flavor.ephemeralGb) * 1024 + flavor.swap,
  ratio: host => host.diskAllocationRatio,
  ratioKey: 'disk_allocation_ratio',
  keep: (host, limit) => {
    host.limits.disk_gb = limit / 1024
  },
}

const overcommitted = (name: string, room: Room, byAggregate: boolean): HostFilter => {
  const limitOf = (host: HostState): number =>
    room.total(host) *
    ((byAggregate ? host.aggregateMinimum(room.ratioKey) : null) ?? room.ratio(host))
  return {
    name,
    ...perInstance,
    hostPasses(host, request) {
      const total = room.total(host)
      // A host that has not said what it has: its compute decides.
      if (total === 0 && room === cores) return true
      const asked = room.asked(request)
      const limit = limitOf(host)
      if (asked > total || limit - room.used(host) < asked) return false
      room.keep(host, limit)
      return true
    },
    why: (host, request) =>
      `${room.asked(request)} ${room.what} asked for, ${limitOf(host) - room.used(host)} of ${limitOf(host)} left`,
  }
}

export const coreFilter: FilterFactory = () => overcommitted('CoreFilter', cores, false)
export const ramFilter: FilterFactory = () => overcommitted('RamFilter', ram, false)
export const diskFilter: FilterFactory = () => overcommitted('DiskFilter', disk, false)

/** By the least `…_allocation_ratio` of the host's aggregates. */
export const aggregateCoreFilter: FilterFactory = () =>
  overcommitted('AggregateCoreFilter', cores, true)
export const aggregateRamFilter: FilterFactory = () =>
  overcommitted('AggregateRamFilter', ram, true)
export const aggregateDiskFilter: FilterFactory = () =>
  overcommitted('AggregateDiskFilter', disk, true)

/** Whole machines: what is free is what is asked for, no more and no less. */
const exact = (name: string, room: Room): HostFilter => ({
  name,
  ...perInstance,
  hostPasses(host, request) {
    const free = room.total(host) - room.used(host)
    if (room.asked(request) !== free) return false
    room.keep(host, free)
    return true
  },
  why: (host, request) =>
    `exactly ${room.asked(request)} ${room.what} asked for, ${room.total(host) - room.used(host)} free`,
})

export const exactCoreFilter: FilterFactory = () => exact('ExactCoreFilter', cores)
export const exactRamFilter: FilterFactory = () => exact('ExactRamFilter', ram)
export const exactDiskFilter: FilterFactory = () => exact('ExactDiskFilter', disk)
