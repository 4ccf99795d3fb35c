import type { ComputeApi } from '../../lib/compute/api.js'
import type { Runtime } from '../../lib/runtime/index.js'
import { behavioursOf, ResponseObject, since, until } from '../../lib/wsgi/index.js'
import { imageLocation } from '../images/index.js'
import type { Req } from '../req.js'

const behaviours = behavioursOf({
  /** Metadata of an image counts against the quota of a server's. */
  limitsMetadata: until('2.38'),
  /** The image is named in the body; before, in a header. */
  inBody: since('2.45'),
})

/** @throws MetadataLimitExceeded (403) */
export const checkImageMetadata = async (
  { context, version }: Req,
  compute: ComputeApi,
  metadata: Readonly<Record<string, string>>,
): Promise<void> => {
  if (!behaviours.at(version).limitsMetadata) return
  await compute.quota.checkMetadata(context, Object.keys(metadata).length)
}

/**
 * What createImage and createBackup answer: `{"image_id": uuid}`, or `Location`.
 *
 * @param located  false: also before 2.45 without a header
 */
export const madeImage = (
  { context, version }: Req,
  runtime: Runtime,
  id: string,
  located = true,
): ResponseObject<object | null> => {
  if (behaviours.at(version).inBody) return new ResponseObject({ image_id: id })
  return new ResponseObject(null, {
    headers: located ? { location: imageLocation(runtime, context, id) } : {},
  })
}
