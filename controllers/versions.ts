import type { App, AppFactory } from '../lib/paste/types.js'
import { runtimeIn } from '../lib/runtime/index.js'
import { createApiRouter, pathOf } from '../lib/wsgi/index.js'
import { choice, listed, VersionsController, versions } from './api-versions.js'
import { serveOpenApi } from './openapi.js'
import { createComputeRouter, loadExtensions, versionOfExtensions } from './router.js'
import { createServices } from './services.js'

/**
 * The root of the API, without authentication: `/` lists the versions (200), any other path offers
 * them (300). With `[api] openapi` also `/openapi.json` (`controllers/openapi.ts`).
 *
 *     [app:oscomputeversionapp]
 *     paste.app_factory = kilonova/controllers/versions:factory
 */
export const factory: AppFactory = globalConf => {
  const runtime = runtimeIn(globalConf)
  if (!runtime?.conf.api.openapi) return versionsApp
  const load = async () => {
    const extensions = await loadExtensions(runtime.conf.api)
    return createComputeRouter(createServices(runtime, extensions), runtime.log)
  }
  return serveOpenApi(versionsApp, load, versionOfExtensions(runtime.conf.api) ?? undefined)
}

const versionsApp: App = (req, res) => {
  const atRoot = pathOf(req.url).replace(/^\/$/, '') === ''
  const body = JSON.stringify(
    atRoot
      ? { versions: versions.map(version => listed(req, version)) }
      : { choices: versions.map(version => choice(req, version)) },
  )
  res.statusCode = atRoot ? 200 : 300
  res.setHeader('content-type', 'application/json')
  res.setHeader('content-length', Buffer.byteLength(body))
  res.end(body)
}

/**
 * `/v2` and `/v2.1` themselves, without authentication.
 *
 *     [app:oscomputeversionapp_v2]
 *     paste.app_factory = kilonova/controllers/versions:versionFactory
 */
export const versionFactory: AppFactory = () => {
  const { app } = createApiRouter({
    services: {},
    coreResources: [
      {
        collection: 'versions',
        controller: VersionsController,
        routes: [['GET', '/', 'root']],
      },
    ],
    log: { warn: () => undefined, error: () => undefined },
  })
  return (req, res, next) => {
    // The version's path without its slash is the same document.
    if (pathOf(req.url) === '') req.url = `/${req.url}`
    app(req, res, next)
  }
}
