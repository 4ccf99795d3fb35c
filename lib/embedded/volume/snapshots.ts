import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../../context/index.js'
import { isAdmin } from '../support/request.js'
import { badRequest, notFound } from './errors.js'
import { checkRoom } from './quotas.js'
import { bodyOf, flagOf, metadataOf, textOf } from './read.js'
import { type Db, nextSeq, type SnapshotRow, timeNow } from './store.js'
import { visibleVolume } from './volumes.js'

/** @throws VolumeError 404; another project's is not there, but for administrators */
export const visibleSnapshot = async (
  db: Db,
  context: RequestContext,
  id: string,
): Promise<SnapshotRow> => {
  const row = await db.selectFrom('snapshots').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row || (row.project_id !== context.projectId && !isAdmin(context))) {
    throw notFound('Snapshot', id)
  }
  return row
}

/** Of a volume in use only when it is forced, or since 3.66 always. @throws VolumeError 400, 404, 413 */
export const createSnapshot = async (
  db: Db,
  context: RequestContext,
  body: unknown,
  minor: number,
): Promise<SnapshotRow> => {
  const given = bodyOf(body, 'snapshot')
  const volumeId = textOf(given, 'volume_id')
  if (!volumeId) throw badRequest("Missing required element 'volume_id' in request body.")
  const volume = await visibleVolume(db, context, volumeId)
  const forced = flagOf(given, 'force') || minor >= 66
  if (volume.status !== 'available' && !(forced && volume.status === 'in-use')) {
    throw badRequest(
      `Invalid volume: Volume ${volume.id} status must be available, but current status is: ${volume.status}.`,
    )
  }
  await checkRoom(db, volume.project_id, 'snapshots', volume.size)
  const row: SnapshotRow = {
    id: randomUUID(),
    seq: await nextSeq(db, 'snapshots'),
    project_id: volume.project_id,
    volume_id: volume.id,
    name: textOf(given, 'name'),
    description: textOf(given, 'description'),
    status: 'available',
    size: volume.size,
    metadata: JSON.stringify(metadataOf(given.metadata)),
    created_at: timeNow(),
    updated_at: null,
  }
  await db.insertInto('snapshots').values(row).execute()
  return row
}

export const updateSnapshot = async (
  db: Db,
  id: string,
  values: Partial<SnapshotRow>,
): Promise<void> => {
  await db
    .updateTable('snapshots')
    .set({ ...values, updated_at: timeNow() })
    .where('id', '=', id)
    .execute()
}

export const describeSnapshot = async (
  db: Db,
  context: RequestContext,
  id: string,
  body: unknown,
): Promise<SnapshotRow> => {
  const row = await visibleSnapshot(db, context, id)
  const given = bodyOf(body, 'snapshot')
  await updateSnapshot(db, row.id, {
    ...('name' in given ? { name: textOf(given, 'name') } : {}),
    ...('description' in given ? { description: textOf(given, 'description') } : {}),
  })
  return visibleSnapshot(db, context, id)
}

export const removeSnapshot = async (
  db: Db,
  context: RequestContext,
  id: string,
): Promise<void> => {
  const row = await visibleSnapshot(db, context, id)
  if (row.status !== 'available' && row.status !== 'error') {
    throw badRequest(`Invalid snapshot: Snapshot status must be available or error.`)
  }
  await db.deleteFrom('snapshots').where('id', '=', row.id).execute()
}
