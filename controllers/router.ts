import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { silentLog } from '../lib/log/index.js'
import { appFactory } from '../lib/paste/index.js'
import { runtimeOf } from '../lib/runtime/index.js'
import { messageOf } from '../lib/util/message-of.js'
import {
  type ApiRouter,
  createApiRouter,
  ExtensionManager,
  folderVersion,
  reloadingApp,
  type WsgiLog,
} from '../lib/wsgi/index.js'
import { coreResources } from './resources.js'
import { knownRoutes } from './routes.js'
import { type ApiServices, createServices } from './services.js'
import { standInServices } from './stand-in-services.js'

/** Beside this folder, in the compiled tree as in the sources. */
const ownExtensions = resolve(import.meta.dirname, '../extensions')

/**
 * The compute API, core and extensions. Those of `[api] extensions_path` are loaded anew when a file there changes.
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
      const { conf, log } = runtime
      const load = async () =>
        createComputeRouter(createServices(runtime, await loadExtensions(conf.api)), log).app
      const changing = versionOfExtensions(conf.api)
      if (!changing) return load()
      return reloadingApp({
        version: changing,
        load,
        onError: err => log.error({ err }, `extensions are not loaded anew: ${messageOf(err)}`),
      })
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

const foldersOf = (paths: readonly string[]): readonly string[] => paths.map(path => resolve(path))

/** @returns what tells whether extensions of `extensions_path` changed; null: there is no such folder */
export const versionOfExtensions = ({
  extensions_path: folders = [],
}: ExtensionSettings): (() => Promise<string>) | null =>
  folders.length === 0
    ? null
    : async () => (await Promise.all(foldersOf(folders).map(folderVersion))).join()

/** Those that come with the API, and those of more folders; a relative path is below the working folder. */
export const loadExtensions = ({
  extensions_path: more = [],
  extensions_disabled: disabled = [],
}: ExtensionSettings = {}): Promise<ExtensionManager<ApiServices>> =>
  ExtensionManager.load(
    [...(existsSync(ownExtensions) ? [ownExtensions] : []), ...foldersOf(more)],
    { disabled, changing: foldersOf(more) },
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
