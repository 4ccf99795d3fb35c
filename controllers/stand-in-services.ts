import type { NovaConf } from '../lib/conf/index.js'
import type { ExtensionManager } from '../lib/wsgi/index.js'
import type { ApiServices } from './services.js'

/**
 * Services for controllers that are only asked what they declare: whatever is read of them is
 * another such stand-in. Nothing of a cloud is needed to tell its routes.
 *
 * @param conf  for those that look into nova.conf when they are made
 */
export const standInServices = (
  extensions: ExtensionManager<ApiServices>,
  conf?: NovaConf,
): ApiServices => {
  const anything: unknown = new Proxy(() => anything, {
    get: (_target, key) =>
      key === Symbol.toPrimitive ? () => 0 : key === Symbol.iterator ? () => [].values() : anything,
  })
  const given = <T extends object>(values: Readonly<Record<string, unknown>>): ProxyHandler<T> => ({
    get: (_target, key) => (typeof key === 'string' ? values[key] : undefined) ?? anything,
  })
  const runtime = new Proxy({}, given({ conf }))
  const services: ApiServices = Object.create(null)
  return new Proxy(services, given({ extensions, runtime }))
}
