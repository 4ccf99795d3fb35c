import type { RequestContext } from '../context/index.js'
import { NotImplementedError } from '../exception/index.js'
import type { ComputeServices } from './services.js'

/**
 * Fetches images before there are guests that need them, one after another.
 *
 * @returns by image: cached, existing, unsupported or error; a failure ends none of the others
 */
export const cacheImages = async (
  context: RequestContext,
  { driver, log }: ComputeServices,
  imageIds: readonly string[],
): Promise<Readonly<Record<string, string>>> => {
  const results: Record<string, string> = {}
  for (const image of imageIds) {
    try {
      results[image] = (await driver.cacheImage(context, image)) ? 'cached' : 'existing'
    } catch (error) {
      const known = error instanceof NotImplementedError
      if (!known) log.error({ err: error, image }, 'cannot fetch an image ahead')
      results[image] = known ? 'unsupported' : 'error'
    }
  }
  return results
}
