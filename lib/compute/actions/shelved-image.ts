import type { RequestContext } from '../../context/index.js'
import {
  GlanceConnectionFailed,
  ImageDeleteConflict,
  ImageNotAuthorized,
  ImageNotFound,
} from '../../exception/index.js'
import type { ImageApi } from '../../image/api.js'
import type { Instance } from '../../objects/index.js'
import { VmState } from '../states.js'

/**
 * Takes away the snapshot that a shelved server would come back from: nobody else has a use for it.
 * A deletion does not hang on it: one that is gone, protected, or out of reach stays as it is.
 */
export const deleteShelvedImage = async (
  context: RequestContext,
  images: ImageApi,
  { vmState, systemMetadata }: Instance,
): Promise<void> => {
  if (vmState !== VmState.shelved && vmState !== VmState.shelvedOffloaded) return
  const image = systemMetadata.shelved_image_id
  if (!image) return
  try {
    await images.delete(context, image)
  } catch (error) {
    if (!tolerated.some(type => error instanceof type)) throw error
  }
}

const tolerated = [
  GlanceConnectionFailed,
  ImageDeleteConflict,
  ImageNotAuthorized,
  ImageNotFound,
] as const
