import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { silentLog } from '../lib/log/index.js'
import { appFactory } from '../lib/paste/index.js'
import { runtimeOf } from '../lib/runtime/index.js'
import {
  type ApiRouter,
  createApiRouter,
  ExtensionManager,
  type WsgiLog,
} from '../lib/wsgi/index.js'
import { coreResources } from './resources.js'
import { knownRoutes } from './routes.js'
import { type ApiServices, createServices } from './services.js'
import { standInServices } from './stand-in-services.js'

/** Beside this folder, in the compiled tree as in the sources. */
const ownExtensions = resolve(import.meta.dirname, '../extensions')

/**
 * The compute API, core and extensions.
 *
 *     [app:osapi_compute_app_v21]
 *     paste.app_factory = kilonova/controllers/router:factory
 *
 * @throws Error at load, when an extension cannot be loaded or clashes with another declaration
 */
export const factory = Object.assign(
  appFactory(
    {
      name: 'router',
      doc: 'The compute API, core and extensions.',
      options: {},
      order: { needs: ['context'] },
    },
    async globalConf => {
      const runtime = runtimeOf(globalConf)
      const extensions = await loadExtensions(runtime.conf.api)
      return createComputeRouter(createServices(runtime, extensions), runtime.log).app
    },
  ),
  {
    // for `paster routes`, which has no runtime
    routes: async () => {
      const services = standInServices(await loadExtensions())
      const { routes } = createComputeRouter(services, silentLog)
      return routes.map(({ method, path, action }) => ({
        method,
        path: action === null ? path : `${path} (${action})`,
      }))
    },
  },
)

/** Group `[api]` of nova.conf, as far as it tells of extensions. */
export interface ExtensionSettings {
  readonly extensions_path?: readonly string[]
  readonly extensions_disabled?: readonly string[]
}

/** Those that come with the API, and those of more folders; a relative path is below the working folder. */
export const loadExtensions = ({
  extensions_path: more = [],
  extensions_disabled: disabled = [],
}: ExtensionSettings = {}): Promise<ExtensionManager<ApiServices>> =>
  ExtensionManager.load(
    [...(existsSync(ownExtensions) ? [ownExtensions] : []), ...more.map(folder => resolve(folder))],
    { disabled },
  )

/** Core and extensions put together, with a placeholder for each route that is not built. */
export const createComputeRouter = (services: ApiServices, log: WsgiLog): ApiRouter =>
  createApiRouter({
    services,
    coreResources,
    extensions: services.extensions.extensions,
    disabled: services.extensions.disabled,
    knownRoutes,
    log,
    projectIdOf: req => req.context?.projectId ?? null,
  })
