/** What a hypervisor can do beyond the least. */
export interface DriverCapabilities {
  /** Interfaces of a guest that runs. */
  readonly supportsAttachInterface: boolean
  /** And tells the guest what they are called. */
  readonly supportsTaggedAttachInterface: boolean
  /** Tells a guest that runs that a volume of its has grown. */
  readonly supportsExtendVolume: boolean
  /** Takes guests over from hosts that are down. */
  readonly supportsEvacuate: boolean
  /** Boots from another image although the root disk is a volume. */
  readonly supportsBfvRescue: boolean
  /** A cold migration may end where it began. */
  readonly supportsMigrateToSameHost: boolean
}

/** What a node has and uses. */
export interface AvailableResource {
  readonly vcpus: number
  /** MiB */
  readonly memoryMb: number
  /** GiB */
  readonly localGb: number
  readonly vcpusUsed: number
  readonly memoryMbUsed: number
  readonly localGbUsed: number
  readonly hypervisorType: string
  /** major * 1000000 + minor * 1000 + patch, or as the driver counts */
  readonly hypervisorVersion: number
  readonly hypervisorHostname: string
  /** JSON */
  readonly cpuInfo: string
  /** GiB; null: unknown */
  readonly diskAvailableLeast: number | null
  /** `[architecture, hypervisor, mode]` */
  readonly supportedInstances: readonly (readonly [string, string, string])[]
  /** JSON of a NUMATopology, null when there is none to tell of. */
  readonly numaTopology: string | null
}

/** Something that another service tells of an instance: `network-vif-plugged` of a port. */
export interface AwaitedEvent {
  readonly name: string
  readonly tag: string | null
}

/** What was waited for did not come in time. */
export class InstanceEventTimeout extends Error {
  override readonly name = 'InstanceEventTimeout'
}

/** What nova-compute does for its driver. */
export interface VirtApi {
  /**
   * Does the work, and then waits until other services have told all these events. They count from
   * before the work begins.
   *
   * @throws InstanceEventTimeout when they take longer than that, counted from the work's end
   * @throws NovaException when one tells that it failed, or the instance is deleted meanwhile
   */
  waitForInstanceEvent<T>(
    instance: { readonly uuid: string },
    events: readonly AwaitedEvent[],
    timeoutSeconds: number,
    work: () => Promise<T>,
  ): Promise<T>
}

export type LifecycleTransition = 'started' | 'stopped' | 'paused' | 'resumed' | 'suspended'

/** Something happened to a guest that nobody here asked for. */
export interface LifecycleEvent {
  readonly uuid: string
  readonly transition: LifecycleTransition
}
