import { ImageMetaProps } from '../objects/index.js'
import type { HostState } from './host-state.js'
import type { GuestCell } from './numa-fit.js'
import type { PciRequest } from './pci-fit.js'

/** The server group of a request, filled in by the conductor. */
export interface RequestGroup {
  readonly uuid: string
  readonly policy: string | null
  readonly maxServerPerHost: number
  readonly hosts: readonly string[]
  readonly members: readonly string[]
}

/**
 * What filters and weighers read of a RequestSpec, plain: read once a request instead of once a host.
 */
export interface SchedulerRequest {
  readonly instanceUuid: string | null
  readonly projectId: string | null
  readonly userId: string | null
  readonly numInstances: number
  readonly flavor: RequestFlavor
  readonly imageId: string | null
  /** Image properties (`hw_architecture`, …) without those that are unset. */
  readonly imageProperties: Readonly<Record<string, unknown>>
  readonly availabilityZone: string | null
  /** Boot from volume: the root disk takes no room on the host. */
  readonly isBfv: boolean
  readonly ignoreHosts: readonly string[]
  readonly forceHosts: readonly string[]
  readonly forceNodes: readonly string[]
  readonly destination: {
    readonly host: string | null
    readonly node: string | null
    readonly cellUuid: string | null
    readonly allowCrossCellMove: boolean
  } | null
  readonly group: RequestGroup | null
  readonly hints: Readonly<Record<string, readonly string[]>>
  /** Nodes on which it was tried before. */
  readonly retry: readonly { readonly host: string; readonly node: string | null }[]
  readonly pciRequests: readonly PciRequest[]
  /** null: no topology is asked for */
  readonly numaCells: readonly GuestCell[] | null
}

export interface RequestFlavor {
  /** Of its row; null where the request does not say. */
  readonly id: number | null
  readonly name: string
  readonly vcpus: number
  /** MiB */
  readonly memoryMb: number
  /** GiB */
  readonly rootGb: number
  readonly ephemeralGb: number
  /** MiB */
  readonly swap: number
  readonly extraSpecs: Readonly<Record<string, string>>
}

/** The first value of a hint, if it was given. */
export const hint = (request: SchedulerRequest, name: string): string | null =>
  request.hints[name]?.[0] ?? null

/** All values of a hint. */
export const hints = (request: SchedulerRequest, name: string): readonly string[] =>
  request.hints[name] ?? none

const none: readonly string[] = []

/** How many members of the request's group are on the host, this one aside. */
export const membersOn = (host: HostState, { group }: SchedulerRequest): number => {
  // Known are only those that somebody asked about: on most hosts there is none.
  if (host.instances.size === 0) return 0
  let count = 0
  for (const uuid of group?.members ?? none) if (host.instances.has(uuid)) count++
  return count
}

/** Names of the image properties that there are. */
export const imagePropertyNames: ReadonlySet<string> = new Set(
  ImageMetaProps.objectType.fields.map(({ wire }) => wire),
)

/** A check of an unchanged instance on its own host (a rebuild with another image). */
export const isRebuild = (request: SchedulerRequest): boolean =>
  hint(request, '_nova_check_type') === 'rebuild'
