import { type PciPool, type PciRequest, poolsLeft } from './pci-fit.js'

/** A NUMA node of a host, as `compute_nodes.numa_topology` tells. */
export interface HostCell {
  readonly id: number
  readonly cpus: number
  readonly cpuUsage: number
  /** CPUs for pinning that are free, those of one core together. */
  readonly freePinnable: readonly (readonly number[])[]
  /** Whether cores have several threads. */
  readonly hasThreads: boolean
  /** MiB */
  readonly memory: number
  readonly memoryUsage: number
  /** KiB and free pages of each size */
  readonly pages: readonly { readonly sizeKb: number; readonly free: number }[]
}

/** A NUMA node that a guest asks for. */
export interface GuestCell {
  readonly cpus: number
  /** CPUs that are pinned. */
  readonly pinned: number
  /** MiB */
  readonly memory: number
  /** KiB; -1 small, -2 large, -3 any; null: not asked for */
  readonly pageSize: number | null
  readonly threadPolicy: string | null
}

export interface NumaLimits {
  readonly cpuRatio: number
  readonly ramRatio: number
}

/** The most nodes that are tried in every order; real hosts have 8 at most. */
const MOST_CELLS = 8

/**
 * Puts each of a guest's nodes on a node of the host.
 *
 * @returns the host's nodes in the order of the guest's, or null when there is no way
 */
export const fitNuma = (
  host: readonly HostCell[],
  guest: readonly GuestCell[],
  limits: NumaLimits,
  pci: { readonly pools: readonly PciPool[]; readonly requests: readonly PciRequest[] },
): readonly HostCell[] | null => {
  if (guest.length > host.length || guest.length > MOST_CELLS) return null
  const place = (taken: readonly HostCell[]): readonly HostCell[] | null => {
    const cell = guest[taken.length]
    if (!cell) {
      const nodes = taken.map(({ id }) => id)
      return poolsLeft(pci.pools, pci.requests, nodes) ? taken : null
    }
    for (const candidate of host) {
      if (taken.includes(candidate) || !fitsCell(candidate, cell, limits)) continue
      const found = place([...taken, candidate])
      if (found) return found
    }
    return null
  }
  return place([])
}

const fitsCell = (host: HostCell, guest: GuestCell, limits: NumaLimits): boolean => {
  const shared = guest.cpus - guest.pinned
  // A guest's node is never larger than the host's, however much is overcommitted.
  if (guest.memory > host.memory || shared > host.cpus) return false
  if (shared > 0 && host.cpuUsage + shared > host.cpus * limits.cpuRatio) return false
  if (guest.pinned > 0 && !canPin(host, guest)) return false
  if (guest.pageSize !== null) return hasPages(host, guest.memory, guest.pageSize)
  return host.memoryUsage + guest.memory <= host.memory * limits.ramRatio
}

const canPin = (host: HostCell, { pinned, threadPolicy }: GuestCell): boolean => {
  const free = (atLeast: number): readonly (readonly number[])[] =>
    host.freePinnable.filter(core => core.length >= atLeast)
  if (threadPolicy === 'require') {
    if (!host.hasThreads) return false
    return free(2).reduce((sum, core) => sum + core.length - (core.length % 2), 0) >= pinned
  }
  if (threadPolicy === 'isolate') return free(1).length >= pinned
  return free(1).reduce((sum, core) => sum + core.length, 0) >= pinned
}

const SMALL_KB = 4

const hasPages = ({ pages }: HostCell, memory: number, size: number): boolean => {
  const smallest = Math.min(...pages.map(({ sizeKb }) => sizeKb), SMALL_KB * 1024)
  return pages.some(({ sizeKb, free }) => {
    const isAsked =
      size === -3 ||
      (size === -1 && sizeKb === smallest) ||
      (size === -2 && sizeKb > smallest) ||
      size === sizeKb
    return isAsked && (memory * 1024) % sizeKb === 0 && free * sizeKb >= memory * 1024
  })
}
