import type { RequestContext } from '../context/index.js'

/** A volume as nova's API tells of it. */
export interface Volume {
  readonly id: string
  readonly status: string
  /** GiB */
  readonly size: number
  readonly availabilityZone: string | null
  readonly createdAt: string
  readonly name: string | null
  readonly description: string | null
  readonly volumeType: string | null
  readonly snapshotId: string | null
  readonly metadata: Readonly<Record<string, string>>
  readonly bootable: boolean
  readonly multiattach: boolean
  /** starting, migrating, …; null: it does not migrate */
  readonly migrationStatus: string | null
  /** Of the image that it was made from; empty when it was not. */
  readonly imageMetadata: Readonly<Record<string, string>>
  readonly attachments: readonly VolumeUse[]
}

export interface VolumeUse {
  readonly serverId: string
  readonly attachmentId: string
  readonly device: string | null
}

export interface Snapshot {
  readonly id: string
  readonly status: string
  /** GiB */
  readonly size: number
  readonly createdAt: string
  readonly name: string | null
  readonly description: string | null
  readonly volumeId: string
}

export interface NewVolume {
  /** GiB; null: the snapshot's */
  readonly size: number | null
  readonly name?: string | null
  readonly description?: string | null
  readonly snapshotId?: string | null
  readonly imageId?: string | null
  readonly volumeType?: string | null
  readonly availabilityZone?: string | null
  readonly metadata?: Readonly<Record<string, unknown>>
}

export interface Attachment {
  readonly id: string
  /** What a driver connects by: `{ driver_volume_type, data }`; empty before there is a connector. */
  readonly connectionInfo: Readonly<Record<string, unknown>>
}

export interface NewSnapshot {
  readonly name: string | null
  readonly description: string | null
  /** Of a volume in use too. */
  readonly force: boolean
}

/**
 * nova's face of Cinder. All calls act as the context's user, with its token.
 *
 * @throws VolumeNotFound, SnapshotNotFound, VolumeAttachmentNotFound (404), InvalidInput (400), OverQuota
 *   (403), CinderConnectionFailed
 */
export interface VolumeApi {
  get(context: RequestContext, id: string): Promise<Volume>
  getAll(context: RequestContext): Promise<Volume[]>
  create(context: RequestContext, volume: NewVolume): Promise<Volume>
  delete(context: RequestContext, id: string): Promise<void>

  getSnapshot(context: RequestContext, id: string): Promise<Snapshot>
  getAllSnapshots(context: RequestContext): Promise<Snapshot[]>
  createSnapshot(
    context: RequestContext,
    volumeId: string,
    snapshot: NewSnapshot,
  ): Promise<Snapshot>
  deleteSnapshot(context: RequestContext, id: string): Promise<void>

  /** By name or id. @throws VolumeTypeNotFound */
  checkType(context: RequestContext, type: string): Promise<void>

  /** Reserves a volume for a server; a host connects it later. */
  attachmentCreate(
    context: RequestContext,
    volumeId: string,
    instanceUuid: string,
  ): Promise<Attachment>
  /** Tells who connects, and learns how. @param mountpoint  name of the device in the guest */
  attachmentUpdate(
    context: RequestContext,
    id: string,
    connector: Readonly<Record<string, unknown>>,
    mountpoint: string,
  ): Promise<Attachment>
  /** The host has it. */
  attachmentComplete(context: RequestContext, id: string): Promise<void>
  attachmentDelete(context: RequestContext, id: string): Promise<void>
  beginDetaching(context: RequestContext, volumeId: string): Promise<void>
  rollDetaching(context: RequestContext, volumeId: string): Promise<void>
  /**
   * Writes an image over a volume that is reserved, and no host has; when that is done the volume service
   * tells of `volume-reimaged`. Needs Cinder's 3.68.
   */
  reimageVolume(context: RequestContext, volumeId: string, imageId: string): Promise<void>
  /** @returns the id of the volume that stays */
  migrateVolumeCompletion(
    context: RequestContext,
    oldId: string,
    newId: string,
    error: boolean,
  ): Promise<string>
}
