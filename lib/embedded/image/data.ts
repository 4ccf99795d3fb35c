import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import type { RequestContext } from '../../context/index.js'
import { now } from '../support/request.js'
import { ownedImage, visibleImage } from './access.js'
import { ImageError, noImage } from './errors.js'
import { FileTooLarge } from './files.js'
import type { ImageState } from './service.js'
import { findImage, moveStatus } from './store.js'

/** Takes an image's bytes: queued → saving → active; back to queued when the client breaks off. */
export const storeData = async (
  { database, files }: ImageState,
  context: RequestContext,
  id: string,
  data: Readable,
): Promise<void> => {
  const db = database.kysely
  const row = await ownedImage(db, context, id, 'upload data for this')
  if (!row.disk_format || !row.container_format) {
    throw new ImageError(
      400,
      'Properties disk_format, container_format must be set prior to saving data.',
    )
  }
  if (!(await moveStatus(db, row.id, ['queued'], { status: 'saving' }))) {
    const { status } = (await findImage(db, row.id)) ?? row
    throw new ImageError(409, `Image status transition from ${status} to saving is not allowed`)
  }
  try {
    const { size, md5, sha512, virtualSize } = await files.write(row.id, data)
    const done = await moveStatus(db, row.id, ['saving'], {
      status: 'active',
      size,
      virtual_size: virtualSize,
      checksum: md5,
      os_hash_value: sha512,
      updated_at: now(),
    })
    if (done) return
    await files.remove(row.id)
    throw new ImageError(410, 'Image could not be found after upload. It may have been deleted.')
  } catch (error) {
    await moveStatus(db, row.id, ['saving'], { status: 'queued' })
    if (error instanceof FileTooLarge) {
      throw new ImageError(413, `Image exceeds the storage quota: ${error.message}`)
    }
    throw error
  }
}

/** Gives an image's bytes, or one range of them. */
export const sendData = async (
  { database, files }: ImageState,
  context: RequestContext,
  id: string,
  req: Request,
  res: Response,
): Promise<void> => {
  const row = await visibleImage(database.kysely, context, id)
  if (row.status === 'deactivated') {
    throw new ImageError(
      403,
      'The requested image has been deactivated. Image data download is forbidden.',
    )
  }
  const size = row.size
  if (row.status !== 'active' || size === null) {
    res.status(204).end()
    return
  }
  if (!(await files.has(row.id))) throw noImage(id)
  const range = rangeOf(req.headers.range, size)
  if (range === 'unsatisfiable') {
    res.setHeader('content-range', `bytes */${size}`)
    throw new ImageError(416, 'Range requested is not satisfiable.')
  }
  res.status(range ? 206 : 200)
  res.setHeader('content-type', 'application/octet-stream')
  res.setHeader('content-length', range ? range.end - range.start + 1 : size)
  if (range) res.setHeader('content-range', `bytes ${range.start}-${range.end}/${size}`)
  else if (row.checksum) res.setHeader('content-md5', row.checksum)
  if (req.method === 'HEAD' || size === 0) {
    res.end()
    return
  }
  await pipeline(files.read(row.id, range ?? undefined), res)
}

/** One range only; anything else is answered with the whole (RFC 9110 section 14.2). */
const rangeOf = (
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | 'unsatisfiable' | null => {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '')
  if (!match) return null
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return null
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return start >= size || start > end ? 'unsatisfiable' : { start, end }
}
