import type { GuestOptions, PowerOffOptions } from './guest.js'

/** What a driver reads of a Flavor (lib/objects); the object itself fits. */
export interface DriverFlavor {
  /** MiB */
  readonly memoryMb: number
  readonly vcpus: number
  /** GiB */
  readonly rootGb: number
  readonly ephemeralGb: number
}

export interface LeaveOptions extends GuestOptions, PowerOffOptions {
  /** The address of the host where the disks go. */
  readonly destination: string | null
  readonly flavor: DriverFlavor
}

export interface ArriveOptions extends GuestOptions {
  /** What `migrateDiskAndPowerOff` answered there. */
  readonly diskInfo: string | null
  /** Glance's image as a v1-style dict; `{}` when there is none. */
  readonly imageMeta: Readonly<Record<string, unknown>>
  /** The disks are to be of another size. */
  readonly resizeInstance: boolean
  readonly powerOn: boolean
}

export interface ReturnOptions extends GuestOptions {
  readonly powerOn: boolean
}

/** What hosts tell each other before a live migration: one of the `…LiveMigrateData` (lib/objects). */
export type MigrateData = object

export interface LiveMigrationRequest {
  /** null: as the storage of the two asks for */
  readonly blockMigration: boolean | null
  readonly diskOverCommit: boolean
}

export interface ComingOptions extends GuestOptions {
  /** What `getInstanceDiskInfo` answered on the host that is left. */
  readonly diskInfo: string | null
}

/** Bytes; null: not known. */
export interface LiveMigrationProgress {
  readonly memoryTotal: number | null
  readonly memoryProcessed: number | null
  readonly memoryRemaining: number | null
  readonly diskTotal: number | null
  readonly diskProcessed: number | null
  readonly diskRemaining: number | null
}

export interface LiveMigrationOptions {
  readonly destination: string
  readonly blockMigration: boolean | null
  readonly data: MigrateData
  /** Told now and then, and at the end. */
  readonly onProgress: (progress: LiveMigrationProgress) => Promise<void>
}

/** A live migration was ended because somebody asked for it: the guest runs on where it was. */
export class LiveMigrationAborted extends Error {
  override readonly name = 'LiveMigrationAborted'
}
