import type { Modules } from '../paste/index.js'

/** What nova's own api-paste.ini names, from Essex to today, and what stands for it here. */
export const aliases: Readonly<Record<string, string>> = {
  // composites
  'nova.api.openstack.urlmap:urlmap_factory': 'kilonova/filters/urlmap:factory',
  'nova.api.auth:pipeline_factory': 'kilonova/filters/pipeline:factory',
  'nova.api.auth:pipeline_factory_v21': 'kilonova/filters/pipeline:factory',
  'nova.api.auth:pipeline_factory_v3': 'kilonova/filters/pipeline:factory',
  // filters
  'nova.api.compute_req_id:ComputeReqIdMiddleware.factory':
    'kilonova/filters/compute-req-id:factory',
  'nova.api.openstack:FaultWrapper.factory': 'kilonova/filters/faultwrap:factory',
  'nova.api.openstack:LegacyV2CompatibleWrapper.factory':
    'kilonova/filters/legacy-v2-compatible:factory',
  'nova.api.openstack.requestlog:RequestLog.factory': 'kilonova/filters/request-log:factory',
  'nova.api.sizelimit:RequestBodySizeLimiter.factory': 'kilonova/filters/sizelimit:factory',
  'oslo_middleware.sizelimit:RequestBodySizeLimiter.factory': 'kilonova/filters/sizelimit:factory',
  'oslo_middleware:RequestBodySizeLimiter.factory': 'kilonova/filters/sizelimit:factory',
  'oslo_middleware.cors:filter_factory': 'kilonova/filters/cors:factory',
  'oslo_middleware.cors:CORS.factory': 'kilonova/filters/cors:factory',
  'oslo_middleware:CORS.factory': 'kilonova/filters/cors:factory',
  'oslo_middleware.http_proxy_to_wsgi:HTTPProxyToWSGI.factory':
    'kilonova/filters/http-proxy-to-wsgi:factory',
  'oslo_middleware:HTTPProxyToWSGI.factory': 'kilonova/filters/http-proxy-to-wsgi:factory',
  'oslo_middleware:RequestId.factory': 'kilonova/filters/compute-req-id:factory',
  'oslo_middleware.request_id:RequestId.factory': 'kilonova/filters/compute-req-id:factory',
  'oslo_middleware:Healthcheck.factory': 'kilonova/filters/healthcheck:factory',
  'oslo_middleware.healthcheck:Healthcheck.factory': 'kilonova/filters/healthcheck:factory',
  'osprofiler.web:WsgiMiddleware.factory': 'kilonova/filters/osprofiler:factory',
  'nova.profiler:WsgiMiddleware.factory': 'kilonova/filters/osprofiler:factory',
  'keystonemiddleware.auth_token:filter_factory': 'kilonova/filters/authtoken:factory',
  'keystoneclient.middleware.auth_token:filter_factory': 'kilonova/filters/authtoken:factory',
  'nova.api.auth:NovaKeystoneContext.factory': 'kilonova/filters/keystonecontext:factory',
  'nova.api.openstack.auth:NoAuthMiddleware.factory': 'kilonova/filters/noauth2:factory',
  'nova.api.openstack.auth:NoAuthMiddlewareV2_18.factory': 'kilonova/filters/noauth2:factory',
  'nova.api.openstack.auth:NoAuthMiddlewareV3.factory': 'kilonova/filters/noauth2:factory',
  'nova.api.openstack.compute.limits:RateLimitingMiddleware.factory':
    'kilonova/filters/ratelimit:factory',
  // applications
  'nova.api.openstack.compute:APIRouter.factory': 'kilonova/controllers/router:factory',
  'nova.api.openstack.compute:APIRouterV21.factory': 'kilonova/controllers/router:factory',
  'nova.api.openstack.compute.versions:Versions.factory': 'kilonova/controllers/versions:factory',
  'nova.api.openstack.compute.versions:VersionsV2.factory':
    'kilonova/controllers/versions:versionFactory',
  'nova.api.metadata.handler:MetadataRequestHandler.factory': 'kilonova/filters/metadata:factory',
}

/**
 * The Python modules that nova's api-paste.ini names, for the loader's `modules`. Nothing is
 * imported before an ini asks for it.
 */
export const novaModules = (): Modules => {
  const byModule = new Map<string, Map<string, string>>()
  for (const [reference, native] of Object.entries(aliases)) {
    const [module = '', attribute = ''] = reference.split(':')
    const attributes = byModule.get(module) ?? new Map<string, string>()
    byModule.set(module, attributes.set(attribute, native))
  }
  return Object.fromEntries(
    [...byModule].map(([module, attributes]) => [module, () => exportsOf(attributes)]),
  )
}

/** `Class.factory` becomes an object that holds `factory`. */
const exportsOf = async (attributes: ReadonlyMap<string, string>): Promise<object> => {
  const exports: Record<string, unknown> = {}
  for (const [attribute, native] of attributes) {
    const [specifier = '', name = ''] = native.split(':')
    const module: object = await import(specifier)
    const [outer = '', inner] = attribute.split('.')
    const factory: unknown = Reflect.get(module, name)
    exports[outer] = inner === undefined ? factory : { [inner]: factory }
  }
  return exports
}
