import { isRecord } from '../util/is-record.js'
import type { Attachment, Snapshot, Volume } from './api.js'

type Doc = Readonly<Record<string, unknown>>

const text = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null

const texts = (value: unknown): Record<string, string> =>
  isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one ?? '')]))
    : {}

/** Cinder's document → nova's. */
export const volumeOf = (doc: Doc): Volume => ({
  id: String(doc.id),
  status: String(doc.status ?? ''),
  size: Number(doc.size ?? 0),
  availabilityZone: text(doc.availability_zone),
  createdAt: String(doc.created_at ?? ''),
  name: text(doc.name),
  description: text(doc.description),
  volumeType: text(doc.volume_type),
  snapshotId: text(doc.snapshot_id),
  metadata: texts(doc.metadata),
  bootable: String(doc.bootable).toLowerCase() === 'true',
  multiattach: doc.multiattach === true,
  migrationStatus: text(doc.migration_status) ?? text(doc['os-vol-mig-status-attr:migstat']),
  imageMetadata: texts(doc.volume_image_metadata),
  attachments: (Array.isArray(doc.attachments) ? doc.attachments : [])
    .filter(isRecord)
    .map(one => ({
      serverId: String(one.server_id ?? ''),
      attachmentId: String(one.attachment_id ?? ''),
      device: text(one.device),
    })),
})

export const snapshotOf = (doc: Doc): Snapshot => ({
  id: String(doc.id),
  status: String(doc.status ?? ''),
  size: Number(doc.size ?? 0),
  createdAt: String(doc.created_at ?? ''),
  name: text(doc.name),
  description: text(doc.description),
  volumeId: String(doc.volume_id ?? ''),
})

/** What stands flat in Cinder's answer is `data` for the drivers. */
export const attachmentOf = (doc: Doc): Attachment => {
  const { driver_volume_type, ...data } = isRecord(doc.connection_info) ? doc.connection_info : {}
  return {
    id: String(doc.id),
    connectionInfo:
      driver_volume_type === undefined
        ? {}
        : { driver_volume_type, data, attachment_id: String(doc.id) },
  }
}
