import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../../context/index.js'
import { isRecord } from '../../util/is-record.js'
import { isAdmin } from '../support/request.js'
import { badRequest, forbidden, notFound } from './errors.js'
import { checkRoom } from './quotas.js'
import { bodyOf, flagOf, metadataOf, sizeOf, textOf } from './read.js'
import type { FindImage, SourceImage } from './service.js'
import { visibleSnapshot } from './snapshots.js'
import { attachmentsOf, type Db, nextSeq, timeNow, type VolumeRow } from './store.js'
import { typeNamed } from './types.js'

export const ZONE = 'nova'

/** @throws VolumeError 404; another project's is not there, but for administrators */
export const visibleVolume = async (
  db: Db,
  context: RequestContext,
  id: string,
): Promise<VolumeRow> => {
  const row = await db.selectFrom('volumes').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row || (row.project_id !== context.projectId && !isAdmin(context))) {
    throw notFound('Volume', id)
  }
  return row
}

interface Source {
  readonly size: number | null
  readonly values: Partial<VolumeRow>
}

/** What a volume is made of: its least size, and what it takes over. */
const sourceOf = async (
  db: Db,
  context: RequestContext,
  given: Readonly<Record<string, unknown>>,
  findImage: FindImage,
): Promise<Source> => {
  const [snapshotId, volumeId, imageId] = ['snapshot_id', 'source_volid', 'imageRef'].map(key =>
    textOf(given, key),
  )
  if ([snapshotId, volumeId, imageId].filter(Boolean).length > 1) {
    throw badRequest('A volume is made from one source at most.')
  }
  if (snapshotId) {
    const snapshot = await visibleSnapshot(db, context, snapshotId)
    if (snapshot.status !== 'available') {
      throw badRequest(`Invalid snapshot: status must be available, is ${snapshot.status}.`)
    }
    const origin = await db
      .selectFrom('volumes')
      .selectAll()
      .where('id', '=', snapshot.volume_id)
      .executeTakeFirst()
    return { size: snapshot.size, values: { snapshot_id: snapshot.id, ...contentsOf(origin) } }
  }
  if (volumeId) {
    const origin = await visibleVolume(db, context, volumeId)
    return { size: origin.size, values: { source_volid: origin.id, ...contentsOf(origin) } }
  }
  if (!imageId) return { size: null, values: {} }
  const { least, metadata } = await contentsOfImage(context, imageId, findImage)
  return {
    size: null,
    values: { bootable: 1, image_metadata: JSON.stringify(metadata), size: least },
  }
}

/** What a volume takes over of an image, and the GiB that it needs. @throws VolumeError 400 */
export const contentsOfImage = async (
  context: RequestContext,
  imageId: string,
  findImage: FindImage,
): Promise<{ readonly least: number; readonly metadata: Readonly<Record<string, string>> }> => {
  const image = await findImage(context, imageId)
  if (!image) throw badRequest(`Invalid image identifier or unable to access requested image.`)
  if (image.status !== 'active') throw badRequest(`Image ${imageId} is not active.`)
  return {
    least: Math.max(image.minDisk, Math.ceil(image.size / 2 ** 30)),
    metadata: imageMetadata(image),
  }
}

const contentsOf = (origin: VolumeRow | undefined): Partial<VolumeRow> =>
  origin ? { bootable: origin.bootable, image_metadata: origin.image_metadata } : {}

const imageMetadata = (image: SourceImage): Record<string, string> => ({
  ...image.properties,
  image_id: image.id,
  image_name: image.name ?? '',
  checksum: image.checksum ?? '',
  container_format: image.containerFormat ?? '',
  disk_format: image.diskFormat ?? '',
  min_disk: String(image.minDisk),
  min_ram: String(image.minRam),
  size: String(image.size),
})

/** Made at once: nothing is copied. @throws VolumeError 400, 404, 413 */
export const createVolume = async (
  db: Db,
  context: RequestContext,
  body: unknown,
  findImage: FindImage,
): Promise<VolumeRow> => {
  const given = bodyOf(body, 'volume')
  const wanted = sizeOf(given, 'size')
  const source = await sourceOf(db, context, given, findImage)
  const least = source.size ?? source.values.size ?? 1
  const size = wanted ?? source.size
  if (size === null) throw badRequest('Invalid input received: a size is needed')
  if (size < least) {
    throw badRequest(
      `Invalid input received: Size specified '${size}' must be at least the source's ${least} GiB.`,
    )
  }
  const type = await typeNamed(db, textOf(given, 'volume_type'))
  const projectId = context.projectId ?? ''
  await checkRoom(db, projectId, 'volumes', size)
  const row: VolumeRow = {
    bootable: 0,
    snapshot_id: null,
    source_volid: null,
    image_metadata: null,
    ...source.values,
    id: randomUUID(),
    seq: await nextSeq(db, 'volumes'),
    project_id: projectId,
    user_id: context.userId ?? '',
    name: textOf(given, 'name'),
    description: textOf(given, 'description'),
    status: 'available',
    size,
    readonly: 0,
    multiattach: Number(flagOf(given, 'multiattach') || type.multiattach),
    volume_type: type.name,
    availability_zone: textOf(given, 'availability_zone') ?? ZONE,
    metadata: JSON.stringify(metadataOf(given.metadata)),
    created_at: timeNow(),
    updated_at: null,
  }
  await db.insertInto('volumes').values(row).execute()
  return row
}

export const updateVolume = async (
  db: Db,
  id: string,
  values: Partial<VolumeRow>,
): Promise<void> => {
  await db
    .updateTable('volumes')
    .set({ ...values, updated_at: timeNow() })
    .where('id', '=', id)
    .execute()
}

/** Name, description and metadata. */
export const describeVolume = async (
  db: Db,
  context: RequestContext,
  id: string,
  body: unknown,
): Promise<VolumeRow> => {
  const row = await visibleVolume(db, context, id)
  const given = bodyOf(body, 'volume')
  await updateVolume(db, row.id, {
    ...('name' in given ? { name: textOf(given, 'name') } : {}),
    ...('description' in given ? { description: textOf(given, 'description') } : {}),
    ...('metadata' in given ? { metadata: JSON.stringify(metadataOf(given.metadata)) } : {}),
  })
  return visibleVolume(db, context, id)
}

const deletable = ['available', 'error', 'error_deleting', 'error_restoring', 'error_extending']

/** @throws VolumeError 400 when it is in use or has snapshots */
export const removeVolume = async (
  db: Db,
  context: RequestContext,
  id: string,
  { cascade = false, force = false }: { cascade?: boolean; force?: boolean } = {},
): Promise<void> => {
  const row = await visibleVolume(db, context, id)
  if (force && !isAdmin(context))
    throw forbidden('volume_extension:volume_admin_actions:force_delete')
  const attachments = await attachmentsOf(db, [row.id])
  if ((!deletable.includes(row.status) && !force) || (attachments.length > 0 && !force)) {
    throw badRequest(
      'Invalid volume: Volume status must be available or error or error_restoring or error_extending or error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer.',
    )
  }
  const snapshot = await db
    .selectFrom('snapshots')
    .select('id')
    .where('volume_id', '=', row.id)
    .executeTakeFirst()
  if (snapshot && !cascade) {
    throw badRequest('Invalid volume: Volume has dependent snapshots.')
  }
  await db.deleteFrom('snapshots').where('volume_id', '=', row.id).execute()
  await db.deleteFrom('attachments').where('volume_id', '=', row.id).execute()
  await db.deleteFrom('volumes').where('id', '=', row.id).execute()
}

export const volumeMetadata = (row: VolumeRow): Record<string, string> => {
  const value: unknown = JSON.parse(row.metadata)
  return isRecord(value) ? (value as Record<string, string>) : {}
}
