import { join } from 'node:path'
import type { Database } from '../../db/database.js'
import { ImageFiles } from './files.js'
import { type ImageSchema, openImageState } from './store.js'

/** What an image service stands on. */
export interface ImageState {
  readonly database: Database<ImageSchema>
  readonly files: ImageFiles
  close(): Promise<void>
}

/** Glance's default `image_size_cap`: 1 TiB. */
const MAX_BYTES = 2 ** 40

/**
 * @param stateDir  holds `image.sqlite` and the folder `images`; null: in memory, files in a folder that
 *                  goes on close
 */
export const openImages = async (
  stateDir: string | null,
  maxBytes: number = MAX_BYTES,
): Promise<ImageState> => {
  const database = await openImageState(stateDir)
  const files = new ImageFiles(stateDir === null ? null : join(stateDir, 'images'), maxBytes)
  return {
    database,
    files,
    async close() {
      files.close()
      await database.close()
    },
  }
}
