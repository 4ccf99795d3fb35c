import { compositeFactory } from '../declare.js'
import type { App } from '../types.js'
import { below, hostsOf, type Mount, mountOrder, parseMount, shift, targetOf } from './mount.js'
import { plainError } from './plain-error.js'

/**
 * `egg:Paste#urlmap`: one app or another, by path and host.
 *
 *     [composite:main]
 *     use = egg:Paste#urlmap
 *     / = home
 *     /api = api
 *     domain example.com /x = other
 *     # answers where nothing matches; a plain 404 without it
 *     not_found_app = missing
 *
 * @throws OptionError at load, for a mount that cannot be read
 */
export const urlmapFactory = compositeFactory(
  {
    name: 'urlmap',
    doc: 'One app or another, by path and host.',
    options: {
      not_found_app: { type: 'app', doc: 'answers where nothing is mounted' },
      '*': { type: 'app', doc: 'a mount: a path, domain NAME, port N' },
    },
  },
  async (loader, globalConf, _options, localConf) => {
    const { not_found_app: notFound = globalConf.not_found_app, ...rest } = localConf
    const mounted = new Map<string, { mount: Mount; app: App }>()
    for (const [expression, name] of Object.entries(rest)) {
      const mount = parseMount(expression)
      const app = await loader.getApp(name, globalConf)
      mounted.set(`${mount.domain} ${mount.path}`, { mount, app })
    }
    const missing: App = notFound
      ? await loader.getApp(notFound, globalConf)
      : (req, res) => plainError(req, res, 404, 'The resource could not be found.')
    const mounts = [...mounted.values()].toSorted((a, b) => mountOrder(a.mount, b.mount))
    const byDomain = mounts.some(({ mount }) => mount.domain !== null)

    return function urlmap(req, res, next) {
      const { path, query } = targetOf(req.url)
      const hosts: readonly string[] = byDomain ? hostsOf(req) : []
      for (const { mount, app } of mounts) {
        if (mount.domain !== null && !hosts.includes(mount.domain)) continue
        const rest = below(mount.path, path)
        if (rest === null) continue
        const restore = shift(req, mount.path, rest, query)
        app(req, res, error => {
          restore()
          next(error)
        })
        return
      }
      missing(req, res, next)
    }
  },
)
