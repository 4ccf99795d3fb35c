import { withConfig, withoutConfig } from '../config.js'
import { filterFactory } from '../declare.js'

/**
 * `egg:PasteDeploy#config`: globals overlaid with the section's options are `CONFIG` for each request, and
 * `req['paste.config']`, a copy each time.
 *
 *     [filter:config]
 *     use = egg:PasteDeploy#config
 *     colour = red
 */
export const configFilter = filterFactory(
  {
    name: 'config',
    doc: 'Makes globals and options the CONFIG of each request.',
    options: { '*': { doc: 'laid over the globals' } },
  },
  (globalConf, _options, localConf) => app =>
    function config(req, res, next) {
      const before: unknown = Reflect.get(req, 'paste.config')
      const conf = { ...globalConf, ...localConf }
      Reflect.set(req, 'paste.config', conf)
      withConfig(conf, () =>
        app(req, res, (error?: unknown) => {
          Reflect.set(req, 'paste.config', before)
          // whoever is further out has a configuration of his own
          withoutConfig(() => next(error))
        }),
      )
    },
)
