import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../../context/index.js'
import { isRecord } from '../../util/is-record.js'
import { isAdmin, now } from '../support/request.js'
import { ownedImage } from './access.js'
import { type Given, readImage } from './attributes.js'
import { badRequest, forbidden, ImageError } from './errors.js'
import { applyPatch, type PatchVersion, readPatch } from './patch.js'
import { type ImagePage, type ImageQuery, pageOfImages } from './query.js'
import type { ImageState } from './service.js'
import {
  type Db,
  deleteImage,
  findImage,
  type ImageRow,
  insertImage,
  sharedWith,
  updateImage,
} from './store.js'

export const listImages = async (
  db: Db,
  context: RequestContext,
  query: ImageQuery,
): Promise<ImagePage> => {
  const project = context.projectId ?? ''
  const shares = await sharedWith(db, project)
  const admin = isAdmin(context)
  const rows = await db
    .selectFrom('images')
    .selectAll()
    .where('os_hidden', '=', query.hidden ? 1 : 0)
    .$if(query.visibility !== null, q => q.where('visibility', '=', query.visibility ?? ''))
    .execute()

  // What a list shows, which is less than what may be seen: community images only when asked for.
  const shown = (row: ImageRow): boolean => {
    const own = row.owner === project
    if (own || row.visibility === 'public') return true
    if (row.visibility === 'community') return query.visibility === 'community'
    const share = row.visibility === 'shared' ? shares.get(row.id) : undefined
    if (share !== undefined) return query.memberStatus === 'all' || share === query.memberStatus
    return admin
  }
  return pageOfImages(rows.filter(shown), query)
}

export const createImage = async (
  db: Db,
  context: RequestContext,
  body: unknown,
): Promise<ImageRow> => {
  if (!isRecord(body)) throw badRequest('Request body must be a JSON object')
  const given = readImage(body)
  const { columns } = given
  checkRights(context, columns)
  const id = typeof columns.id === 'string' ? columns.id : randomUUID()
  if (await findImage(db, id)) throw new ImageError(409, `Image ID ${id} already exists!`)
  const time = now()
  return insertImage(db, {
    id,
    name: null,
    visibility: 'shared',
    owner: context.projectId,
    disk_format: null,
    container_format: null,
    min_disk: 0,
    min_ram: 0,
    protected: 0,
    os_hidden: 0,
    tags: '[]',
    ...columns,
    status: 'queued',
    size: null,
    virtual_size: null,
    checksum: null,
    os_hash_value: null,
    properties: JSON.stringify(given.properties),
    created_at: time,
    updated_at: time,
  })
}

/** Showing an image to everybody, or giving it away, is for administrators. */
const checkRights = (context: RequestContext, columns: Given['columns']): void => {
  if (isAdmin(context)) return
  if (columns.visibility === 'public') throw forbidden('publicize_image')
  if (columns.owner !== undefined && columns.owner !== context.projectId) {
    throw new ImageError(
      403,
      `You are not permitted to create images owned by '${String(columns.owner)}'.`,
    )
  }
}

export const patchImage = async (
  db: Db,
  context: RequestContext,
  id: string,
  body: unknown,
  version: PatchVersion,
): Promise<ImageRow> => {
  const operations = readPatch(body, version)
  const row = await ownedImage(db, context, id, 'modify this')
  const { columns, properties } = applyPatch(row, operations, version)
  checkRights(context, columns)
  if (row.status !== 'queued') {
    for (const name of ['disk_format', 'container_format']) {
      if (columns[name] !== undefined) {
        throw new ImageError(403, `Attribute ${name} can be only replaced for a queued image.`)
      }
    }
  }
  if (columns.owner === null) throw badRequest("'owner' must not be null")
  const values = {
    ...columns,
    properties: JSON.stringify(properties),
    ...(operations.length ? { updated_at: now() } : {}),
  }
  await updateImage(db, id, values)
  return { ...row, ...values }
}

export const removeImage = async (
  { database, files }: ImageState,
  context: RequestContext,
  id: string,
): Promise<void> => {
  const removed = await database.transaction(async db => {
    const row = await ownedImage(db, context, id, 'delete this')
    if (row.protected === 1) {
      throw new ImageError(403, `Image ${id} is protected and cannot be deleted.`)
    }
    await deleteImage(db, row.id)
    return row.id
  })
  // After the row: bytes without an image are garbage, an image without bytes would be a lie.
  await files.remove(removed)
}

export const changeTag = async (
  db: Db,
  context: RequestContext,
  id: string,
  tag: string,
  edit: 'add' | 'remove',
): Promise<void> => {
  if (tag.length > 255) throw badRequest('A tag has at most 255 characters')
  const row = await ownedImage(db, context, id, 'modify this')
  const tags = JSON.parse(row.tags) as string[]
  if (edit === 'remove' && !tags.includes(tag)) {
    throw new ImageError(404, `Tag ${tag} could not be found.`)
  }
  const next = edit === 'add' ? [...new Set([...tags, tag])] : tags.filter(other => other !== tag)
  if (next.length > 128) throw new ImageError(413, 'The limit of 128 tags has been exceeded.')
  await updateImage(db, row.id, { tags: JSON.stringify(next), updated_at: now() })
}

export const setActive = async (
  db: Db,
  context: RequestContext,
  id: string,
  active: boolean,
): Promise<void> => {
  const row = await ownedImage(db, context, id, 'modify this')
  if (!isAdmin(context)) throw forbidden(active ? 'reactivate' : 'deactivate')
  const [from, to] = active ? ['deactivated', 'active'] : ['active', 'deactivated']
  // Doing it twice is no error.
  if (row.status === to) return
  if (row.status !== from) {
    throw new ImageError(
      403,
      `Not allowed to ${active ? 'reactivate' : 'deactivate'} image in status '${row.status}'`,
    )
  }
  await updateImage(db, row.id, { status: to, updated_at: now() })
}
