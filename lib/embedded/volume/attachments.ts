import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../../context/index.js'
import { isRecord } from '../../util/is-record.js'
import { isAdmin } from '../support/request.js'
import { badRequest, notFound, VolumeError } from './errors.js'
import { bodyOf, textOf } from './read.js'
import {
  type AttachmentRow,
  attachmentsOf,
  type Db,
  nextSeq,
  timeNow,
  type VolumeRow,
} from './store.js'
import { updateVolume, visibleVolume } from './volumes.js'

/** @throws VolumeError 404 */
export const visibleAttachment = async (
  db: Db,
  context: RequestContext,
  id: string,
): Promise<AttachmentRow> => {
  const row = await db.selectFrom('attachments').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row || (row.project_id !== context.projectId && !isAdmin(context))) {
    throw notFound('Volume attachment', id)
  }
  return row
}

/** Reserves the volume; with a connector it is on its way at once. @throws VolumeError 400, 404 */
export const createAttachment = async (
  db: Db,
  context: RequestContext,
  body: unknown,
): Promise<AttachmentRow> => {
  const given = bodyOf(body, 'attachment')
  const volume = await visibleVolume(db, context, textOf(given, 'volume_uuid') ?? '')
  const instance = textOf(given, 'instance_uuid')
  const others = await attachmentsOf(db, [volume.id])
  checkFree(volume, others, instance)
  const row: AttachmentRow = {
    id: randomUUID(),
    seq: await nextSeq(db, 'attachments'),
    project_id: volume.project_id,
    volume_id: volume.id,
    instance_uuid: instance,
    status: 'reserved',
    attach_mode: null,
    host: null,
    mountpoint: null,
    connection_info: null,
    attached_at: null,
  }
  await db.insertInto('attachments').values(row).execute()
  await settleVolume(db, volume.id)
  const { connector } = given
  if (!isRecord(connector)) return row
  return connect(db, row, connector, textOf(given, 'mode'))
}

/** More than one at a time is for volumes made for it, and for the server that has it already. */
const checkFree = (
  volume: VolumeRow,
  others: readonly AttachmentRow[],
  instance: string | null,
): void => {
  const isFree = volume.status === 'available' || volume.status === 'downloading'
  if (isFree && others.length === 0) return
  const shared = ['reserved', 'attaching', 'in-use', 'available'].includes(volume.status)
  const sameServer = others.length > 0 && others.every(other => other.instance_uuid === instance)
  if (shared && (volume.multiattach === 1 || sameServer)) return
  throw badRequest(
    `Invalid volume: Volume ${volume.id} status must be available or downloading to reserve, but the current status is ${volume.status}.`,
  )
}

/** @throws VolumeError 400, 404 */
export const updateAttachment = async (
  db: Db,
  context: RequestContext,
  id: string,
  body: unknown,
): Promise<AttachmentRow> => {
  const row = await visibleAttachment(db, context, id)
  const { connector, mode } = bodyOf(body, 'attachment')
  if (!isRecord(connector)) throw badRequest("'connector' must be specified.")
  return connect(db, row, connector, typeof mode === 'string' ? mode : null)
}

const connect = async (
  db: Db,
  row: AttachmentRow,
  connector: Readonly<Record<string, unknown>>,
  mode: string | null,
): Promise<AttachmentRow> => {
  const text = (key: string): string | null => {
    const value = connector[key]
    return typeof value === 'string' ? value.slice(0, 255) : null
  }
  const values = {
    // A host that asks again, of a volume that it has, changes nothing of that.
    status: row.status === 'attached' ? 'attached' : 'attaching',
    attach_mode: mode ?? text('mode') ?? row.attach_mode ?? 'rw',
    host: text('host'),
    mountpoint: text('mountpoint') ?? row.mountpoint,
    connection_info: JSON.stringify(connectionTo(row)),
  }
  await db.updateTable('attachments').set(values).where('id', '=', row.id).execute()
  await settleVolume(db, row.volume_id)
  return { ...row, ...values }
}

/** Where a volume would be found, were there one: nothing listens there. */
const connectionTo = (row: AttachmentRow): object => ({
  driver_volume_type: 'iscsi',
  target_discovered: false,
  target_portal: '127.0.0.1:3260',
  target_iqn: `iqn.2010-10.org.openstack:volume-${row.volume_id}`,
  target_lun: 0,
  volume_id: row.volume_id,
  attachment_id: row.id,
  access_mode: 'rw',
  encrypted: false,
  qos_specs: null,
})

/** @throws VolumeError 400 for one without a connector, 404 */
export const completeAttachment = async (
  db: Db,
  context: RequestContext,
  id: string,
): Promise<void> => {
  const row = await visibleAttachment(db, context, id)
  if (row.status === 'reserved') {
    throw badRequest(`Invalid attachment: attachment ${row.id} has no connector yet.`)
  }
  await db
    .updateTable('attachments')
    .set({ status: 'attached', attached_at: row.attached_at ?? timeNow() })
    .where('id', '=', row.id)
    .execute()
  await settleVolume(db, row.volume_id)
}

/** @returns what is left on the volume */
export const removeAttachment = async (
  db: Db,
  context: RequestContext,
  id: string,
): Promise<AttachmentRow[]> => {
  const row = await visibleAttachment(db, context, id)
  await db.deleteFrom('attachments').where('id', '=', row.id).execute()
  await settleVolume(db, row.volume_id)
  return attachmentsOf(db, [row.volume_id])
}

/** A volume is as far as the furthest of its attachments. */
export const settleVolume = async (db: Db, volumeId: string): Promise<void> => {
  const all = await attachmentsOf(db, [volumeId])
  const statuses = new Set(all.map(({ status }) => status))
  const status = statuses.has('attached')
    ? 'in-use'
    : statuses.has('attaching')
      ? 'attaching'
      : statuses.has('reserved')
        ? 'reserved'
        : 'available'
  await updateVolume(db, volumeId, { status })
}

/** Which attachment an older way of detaching means. @throws VolumeError 400, 404 */
export const attachmentMeant = async (
  db: Db,
  volume: VolumeRow,
  id: string | null,
): Promise<AttachmentRow> => {
  const all = await attachmentsOf(db, [volume.id])
  const [row, ...others] = id === null ? all : all.filter(one => one.id === id)
  if (!row) throw new VolumeError(400, `Invalid volume: volume ${volume.id} is not attached.`)
  if (others.length) throw badRequest('Invalid volume: an attachment_id is needed.')
  return row
}
