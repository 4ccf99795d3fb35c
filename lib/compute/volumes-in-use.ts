import type { RequestContext } from '../context/index.js'
import { InvalidVolume } from '../exception/index.js'
import type { BlockDeviceMapping } from '../objects/index.js'
import type { VolumeApi } from '../volume/api.js'

/**
 * Whether the volumes of a server are all its own to use: one that somebody has reset would fail in the
 * middle of what is begun with it.
 *
 * @throws InvalidVolume (400)
 */
export const checkInUse = async (
  volumes: VolumeApi,
  context: RequestContext,
  bdms: readonly BlockDeviceMapping[],
): Promise<void> => {
  for (const bdm of bdms) {
    const id = bdm.get('volumeId')
    if (!id) continue
    const { status } = await volumes.get(context, id)
    if (status === 'in-use') continue
    throw new InvalidVolume({
      reason: `volume '${id}' status must be 'in-use'. Currently in '${status}' status`,
    })
  }
}
