import type { RequestContext } from '../../context/index.js'
import type { FindImage } from '../volume/service.js'
import { visibleImage } from './access.js'
import { ImageError } from './errors.js'
import type { ImageState } from './service.js'
import type { ImageRow } from './store.js'
import { propertiesOf } from './view.js'

/** Images as the volume service beside this one asks for them. */
export const sourceImages =
  ({ database }: ImageState): FindImage =>
  async (context, id) => {
    const row = await find(database.kysely, context, id)
    if (!row) return null
    const properties = Object.entries(propertiesOf(row)).filter(([, value]) => value !== null)
    return {
      id: row.id,
      name: row.name,
      status: row.status,
      size: row.size ?? 0,
      minDisk: row.min_disk,
      minRam: row.min_ram,
      checksum: row.checksum,
      diskFormat: row.disk_format,
      containerFormat: row.container_format,
      properties: Object.fromEntries(properties) as Record<string, string>,
    }
  }

const find = async (
  db: ImageState['database']['kysely'],
  context: RequestContext,
  id: string,
): Promise<ImageRow | null> => {
  try {
    return await visibleImage(db, context, id)
  } catch (error) {
    if (error instanceof ImageError && error.status === 404) return null
    throw error
  }
}
