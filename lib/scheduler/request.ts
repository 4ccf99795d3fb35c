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
  } | null
  readonly group: RequestGroup | null
  readonly hints: Readonly<Record<string, readonly string[]>>
}

export interface RequestFlavor {
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

/** A check of an unchanged instance on its own host (a rebuild with another image). */
export const isRebuild = (request: SchedulerRequest): boolean =>
  hint(request, '_nova_check_type') === 'rebuild'
