import type { Readable } from 'node:stream'
import type { NetworkInfo } from '../network/model.js'
import type { PowerState } from './power-state.js'

/** What a driver reads of an Instance (lib/objects); the object itself fits. */
export interface DriverInstance {
  /** The row's id, of which hypervisors make the guest's name. */
  readonly id: number
  readonly uuid: string
  readonly displayName: string | null
  /** MiB */
  readonly memoryMb: number | null
  readonly vcpus: number | null
  /** GiB */
  readonly rootGb: number | null
  readonly ephemeralGb: number | null
}

export interface InstanceInfo {
  readonly state: PowerState
  /** The hypervisor's own id of the guest, when it has one. */
  readonly internalId?: string | null
}

/** The disks of a guest, as nova's block_device_info. */
export interface BlockDeviceInfo {
  readonly rootDeviceName: string | null
  readonly swap: Readonly<Record<string, unknown>> | null
  readonly ephemerals: readonly Readonly<Record<string, unknown>>[]
  readonly blockDeviceMapping: readonly Readonly<Record<string, unknown>>[]
  readonly image: readonly Readonly<Record<string, unknown>>[]
}

export interface GuestOptions {
  readonly networkInfo: NetworkInfo
  readonly blockDeviceInfo: BlockDeviceInfo | null
}

export interface SpawnOptions {
  /** Glance's image as a v1-style dict; `{}` when there is none. */
  readonly imageMeta: Readonly<Record<string, unknown>>
  /** `[path, base64 content]` */
  readonly injectedFiles: readonly (readonly [string, string])[]
  readonly adminPassword: string | null
  readonly networkInfo: NetworkInfo
  readonly blockDeviceInfo: BlockDeviceInfo | null
  /** False: defined, but off. Default true. */
  readonly powerOn?: boolean
}

export interface DestroyOptions {
  readonly networkInfo: NetworkInfo
  readonly blockDeviceInfo: BlockDeviceInfo | null
  /** Default true. */
  readonly destroyDisks?: boolean
}

export interface PowerOffOptions {
  /** Seconds that the guest may take to go down by itself; 0: pull the plug. */
  readonly timeout?: number
  /** Seconds until it is asked again. */
  readonly retryInterval?: number
}

export interface RescueOptions extends GuestOptions {
  /** Glance's image as a v1-style dict: what is booted. */
  readonly imageMeta: Readonly<Record<string, unknown>>
  readonly adminPassword: string
}

/** How a snapshot reports, in this order, and where it puts what it read. */
export interface SnapshotSink {
  /** The disk is being read. */
  readonly reading: () => Promise<void>
  /** All is read, the upload begins. */
  readonly sending: () => Promise<void>
  readonly upload: (
    data: Readable,
    format: { readonly diskFormat: string; readonly containerFormat: string },
  ) => Promise<void>
}
