import { compositeFactory } from '../paste/index.js'
import { runtimeOf } from '../runtime/index.js'
import { nearest } from '../util/nearest.js'
import { OptionError } from './options.js'

/** What [api] auth_strategy may be, and what the pipeline was called for it. */
const strategies = [['keystone'], ['noauth2', 'noauth']] as const

/**
 * One pipeline out of several, by `[api] auth_strategy` of nova.conf:
 *
 *     [composite:openstack_compute_api_v21]
 *     paste.composite_factory = kilonova/filters/pipeline:factory
 *     keystone = faultwrap authtoken keystonecontext osapi_compute_app_v21
 *     noauth2 = faultwrap noauth2 osapi_compute_app_v21
 *
 * Files up to Kilo may have `<strategy>_nolimit` as well, which is taken unless the section says
 * `api_rate_limit = true`, and `noauth` for what is `noauth2` now.
 *
 * @throws OptionError at load, when the section has no pipeline for the strategy
 */
export const factory = compositeFactory(
  {
    name: 'pipeline',
    doc: 'One pipeline out of several, by [api] auth_strategy of nova.conf.',
    options: {
      api_rate_limit: {
        type: 'bool',
        default: false,
        doc: 'false: <strategy>_nolimit is preferred',
      },
      '*': { type: 'pipeline', doc: 'the pipeline of an auth strategy: filters and, last, an app' },
    },
    review: localConf => {
      const there = Object.keys(localConf).filter(name => name !== 'api_rate_limit')
      const missing = strategies.filter(
        names => !names.some(name => there.some(key => key === name || key === `${name}_nolimit`)),
      )
      return missing.flatMap(([name]) => {
        const key = nearest(name, there)
        const reason = `there is no pipeline '${name}', so nova-api does not start with [api] auth_strategy = ${name}`
        if (key !== undefined) return [{ key, reason: `${reason}.`, suggestion: name }]
        // without one for test boxes a file may be meant so; keystone is what nova.conf says by default
        return name === 'keystone' ? [{ reason: `${reason}, as it is by default` }] : []
      })
    },
  },
  async (loader, globalConf, { api_rate_limit: limited }, localConf) => {
    const strategy = runtimeOf(globalConf).conf.api.auth_strategy
    const spellings = strategy === 'noauth2' ? ['noauth2', 'noauth'] : [strategy]
    const keys = spellings.flatMap(name => (limited ? [name] : [`${name}_nolimit`, name]))
    const key = keys.find(candidate => localConf[candidate] !== undefined)
    const names = (key === undefined ? '' : (localConf[key] ?? '')).split(/\s+/).filter(Boolean)
    const last = names.pop()
    if (key === undefined || last === undefined) {
      const there = Object.keys(localConf).filter(name => name !== 'api_rate_limit')
      const meant = nearest(strategy, there)
      throw new OptionError(
        key ?? strategy,
        key === undefined
          ? `[api] auth_strategy is '${strategy}', but there is no pipeline of that name here: there is ${there.join(', ') || 'none'}.` +
              (meant ? ` Did you mean '${meant}'?` : '')
          : `'${key}' is empty: it must name an app at least`,
      )
    }
    const filters = []
    for (const name of names) filters.push(await loader.getFilter(name))
    let app = await loader.getApp(last)
    // a filter whose factory is async gives its app later
    for (const filter of filters.toReversed()) app = await filter(app)
    return app
  },
)
