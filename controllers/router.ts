import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { AppFactory } from '../lib/paste/types.js'
import { type Runtime, runtimeOf } from '../lib/runtime/index.js'
import {
  type ApiRouter,
  createApiRouter,
  type Extension,
  ExtensionManager,
} from '../lib/wsgi/index.js'
import { coreResources } from './resources.js'
import { knownRoutes } from './routes.js'
import type { ApiServices } from './services.js'

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
export const factory: AppFactory = async globalConf => {
  const { app } = await createComputeRouter(runtimeOf(globalConf))
  return app
}

/** @param extraFolders  more folders of extensions, absolute paths */
export const createComputeRouter = async (
  runtime: Runtime,
  extraFolders: readonly string[] = runtime.conf.api.extensions_path ?? [],
): Promise<ApiRouter> => {
  const folders = [...(existsSync(ownExtensions) ? [ownExtensions] : []), ...extraFolders]
  const extensions = await ExtensionManager.load<ApiServices>(folders)
  return assemble({ runtime, extensions }, extensions.extensions)
}

const assemble = (
  services: ApiServices,
  extensions: readonly Extension<ApiServices>[],
): ApiRouter =>
  createApiRouter({
    services,
    coreResources,
    extensions,
    knownRoutes,
    log: services.runtime.log,
    projectIdOf: req => req.context?.projectId ?? null,
  })
