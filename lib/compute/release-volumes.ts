import type { RequestContext } from '../context/index.js'
import { NotFound } from '../exception/index.js'
import type { BlockDeviceMapping } from '../objects/index.js'
import type { VolumeApi } from '../volume/api.js'

/**
 * Gives back the volumes of a server that goes, and deletes those that were to go with it. What cannot be
 * done holds up nothing else.
 *
 * @param onError  a volume that stays behind; for the operator
 */
export const releaseVolumes = async (
  volumes: VolumeApi,
  context: RequestContext,
  bdms: readonly BlockDeviceMapping[],
  onError: (error: unknown, volumeId: string) => void,
): Promise<void> => {
  for (const bdm of bdms) {
    const volumeId = bdm.get('volumeId')
    if (!volumeId) continue
    try {
      const attachmentId = bdm.get('attachmentId')
      if (attachmentId) await gone(volumes.attachmentDelete(context, attachmentId))
      if (bdm.get('deleteOnTermination')) await gone(volumes.delete(context, volumeId))
    } catch (error) {
      onError(error, volumeId)
    }
  }
}

/** That it is not there any more is what was wanted. */
const gone = async (work: Promise<void>): Promise<void> => {
  try {
    await work
  } catch (error) {
    if (!(error instanceof NotFound)) throw error
  }
}
