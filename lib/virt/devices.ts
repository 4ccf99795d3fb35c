import type { DriverInstance } from './guest.js'

/** A volume that is counted, by who has it. */
export interface CountedVolume {
  readonly volumeId: string
  readonly instance: DriverInstance
  /** The name of its device in the guest. */
  readonly device: string
}

export interface VolumeCounts {
  readonly volumeId: string
  readonly instanceUuid: string
  readonly reads: number
  readonly readBytes: number
  readonly writes: number
  readonly writeBytes: number
}

/** `{ driver_volume_type, data, serial }`, as the volume service said it. */
export type ConnectionInfo = Readonly<Record<string, unknown>>

/** What a driver reads of a ShareMapping (lib/objects); the object itself fits. */
export interface DriverShare {
  readonly shareId: string
  /** What the guest mounts it by. */
  readonly tag: string
  readonly shareProto: 'NFS' | 'CEPHFS'
  /** `host:/path` */
  readonly exportLocation: string
}

/** What is spoken on a console. */
export type ConsoleProtocol = 'vnc' | 'spice' | 'serial' | 'mks'

export interface ConsoleAddress {
  readonly host: string
  readonly port: number
  /** For an HTTP CONNECT before anything else. */
  readonly internalAccessPath: string | null
  /** SPICE only. */
  readonly tlsPort?: number | null
}
