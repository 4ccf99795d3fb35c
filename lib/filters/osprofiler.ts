import { filterFactory } from '../paste/index.js'
import { runtimeOf } from '../runtime/index.js'

/**
 * Stands where nova's file has OSProfiler, and passes every request through: its traces are not
 * kept by this project. A section that turns it on is told so in the log.
 *
 *     [filter:osprofiler]
 *     paste.filter_factory = kilonova/filters/osprofiler:factory
 */
export const factory = filterFactory(
  {
    name: 'osprofiler',
    doc: 'A place kept for nova’s tracer: requests pass through.',
    options: {
      enabled: { type: 'bool', default: false, doc: 'says in the log that it does nothing' },
      hmac_keys: { secret: true, doc: 'accepted, not used' },
    },
  },
  (globalConf, { enabled }) => {
    if (enabled) {
      runtimeOf(globalConf).log.warn(
        {},
        'osprofiler is enabled in the paste file, but its traces are not supported; requests just pass through',
      )
    }
    return app => app
  },
)
