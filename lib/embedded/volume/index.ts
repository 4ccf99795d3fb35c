import type { App, AppFactory } from '../../paste/types.js'
import { reporter } from '../support/report.js'
import { carrier, stateDirOf } from '../support/state.js'
import { createVolumeApp } from './app.js'
import { openVolumes, type VolumeState } from './service.js'

export { createVolumeApp, type VolumeAppOptions } from './app.js'
export { type FindImage, openVolumes, type SourceImage, type VolumeState } from './service.js'

const carried = carrier<VolumeState>('volume')

/** Lets {@link factory} serve what this process has opened already. */
export const withVolumes = carried.into

/**
 * Cinder in miniature: volumes, snapshots, attachments, types, quotas. Documents only; nothing is
 * stored, and nothing is copied.
 *
 *     [app:volume]
 *     paste.app_factory = kilonova/embedded/volume:factory
 *     # folder of its volume.sqlite; absent: in memory
 *     state_dir = /var/lib/kilonova
 *     # named by a 401
 *     identity_url = http://127.0.0.1:8774/identity
 *
 * Stands behind authtoken and a context filter, but for its root, which it answers to anybody.
 */
export const factory: AppFactory = async (globalConf, localConf): Promise<App> => {
  const state = carried.from(globalConf) ?? (await openVolumes(stateDirOf(globalConf, localConf)))
  const app = createVolumeApp({
    state,
    identityUrl: localConf.identity_url ?? '',
    onError: reporter(globalConf, 'volume'),
  })
  return (req, res, next) => app(req, res, next)
}
