import type { RequestContext } from '../../context/index.js'
import { isAdmin } from '../support/request.js'
import { ImageError, noImage } from './errors.js'
import { type Db, findImage, findMember, type ImageRow } from './store.js'

/** An image that the caller may see. @throws 404 */
export const visibleImage = async (
  db: Db,
  context: RequestContext,
  id: string,
): Promise<ImageRow> => {
  const row = await findImage(db, id)
  if (!row || !(await maySee(db, context, row))) throw noImage(id)
  return row
}

/** An image that the caller may change. @throws 404, 403 */
export const ownedImage = async (
  db: Db,
  context: RequestContext,
  id: string,
  what: string,
): Promise<ImageRow> => {
  const row = await visibleImage(db, context, id)
  if (!ownsImage(context, row)) {
    throw new ImageError(403, `You are not permitted to ${what} image.`)
  }
  return row
}

export const ownsImage = (context: RequestContext, row: ImageRow): boolean =>
  isAdmin(context) || (row.owner !== null && row.owner === context.projectId)

const maySee = async (db: Db, context: RequestContext, row: ImageRow): Promise<boolean> => {
  if (row.visibility === 'public' || row.visibility === 'community') return true
  if (ownsImage(context, row)) return true
  return (
    row.visibility === 'shared' &&
    (await findMember(db, row.id, context.projectId ?? '')) !== undefined
  )
}
