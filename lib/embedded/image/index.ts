import type { App, AppFactory } from '../../paste/types.js'
import { reporter } from '../support/report.js'
import { carrier, stateDirOf } from '../support/state.js'
import { createImageApp } from './app.js'
import { type ImageState, openImages } from './service.js'

export { createImageApp, type ImageAppOptions } from './app.js'
export { emptyQcow2, type SeededImage, seedImage } from './seed.js'
export { type ImageState, openImages } from './service.js'
export { sourceImages } from './source.js'

const carried = carrier<ImageState>('image')

/** Lets {@link factory} serve what this process has opened (and seeded) already. */
export const withImages = carried.into

/**
 * Glance in miniature: images, their bytes in files, tags, members.
 *
 *     [app:image]
 *     paste.app_factory = kilonova/embedded/image:factory
 *     # folder of its image.sqlite and of images/; absent: gone with the process
 *     state_dir = /var/lib/kilonova
 *     # named by a 401
 *     identity_url = http://127.0.0.1:8774/identity
 *
 * Stands behind authtoken and a context filter, but for its root, which it answers to anybody; not behind
 * sizelimit, for images are greater. May be mounted at the service's root or at `…/v2`.
 */
export const factory: AppFactory = async (globalConf, localConf): Promise<App> => {
  const state = carried.from(globalConf) ?? (await openImages(stateDirOf(globalConf, localConf)))
  const app = createImageApp({
    state,
    identityUrl: localConf.identity_url ?? '',
    onError: reporter(globalConf, 'image'),
  })
  return (req, res, next) => app(req, res, next)
}
