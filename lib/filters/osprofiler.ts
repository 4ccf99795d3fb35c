import type { FilterFactory } from '../paste/types.js'
import { runtimeOf } from '../runtime/index.js'
import { flag } from './options.js'

/**
 * Stands where nova's file has OSProfiler, and passes every request through: its traces are not
 * kept by this project. A section that turns it on is told so in the log.
 *
 *     [filter:osprofiler]
 *     paste.filter_factory = kilonova/filters/osprofiler:factory
 */
export const factory: FilterFactory = (globalConf, localConf) => {
  if (flag(localConf, 'enabled', false)) {
    runtimeOf(globalConf).log.warn(
      {},
      'osprofiler is enabled in the paste file, but its traces are not supported; requests just pass through',
    )
  }
  return app => app
}
