import type { RequestContext } from '../context/index.js'
import type { NetworkApi } from '../network/api.js'
import { type NetworkInfo, networkInfoFromJson, networkInfoToJson } from '../network/model.js'
import { type Instance, InstanceInfoCache } from '../objects/index.js'

/** What is remembered of a server's interfaces. */
export const cachedNetworkInfo = (instance: Instance): NetworkInfo =>
  networkInfoFromJson(instance.get('infoCache')?.get('networkInfo'))

/** The same, as it is written down now: another may have changed it since the instance was read. */
export const freshNetworkInfo = async (
  context: RequestContext,
  instance: Instance,
): Promise<NetworkInfo> => {
  const cache = instance.get('infoCache')
  if (!cache) {
    const { networkInfo } = await InstanceInfoCache.getByInstanceUuid(context, instance.uuid)
    return networkInfoFromJson(networkInfo)
  }
  cache.bind(context)
  await cache.refresh()
  return cachedNetworkInfo(instance)
}

/** Written only when it changes. @throws InstanceInfoCacheNotFound when the server is gone */
export const saveNetworkInfo = async (
  context: RequestContext,
  instance: Instance,
  info: NetworkInfo,
): Promise<void> => {
  const text = networkInfoToJson(info)
  const cache = instance.get('infoCache') ?? new InstanceInfoCache(context)
  if (cache.get('networkInfo') === text) return
  cache.bind(context)
  cache.instanceUuid = instance.uuid
  cache.networkInfo = text
  await cache.save()
}

/**
 * Asks the network service, and remembers what it says.
 *
 * @param context  aimed at the server's cell
 */
export const refreshNetworkInfo = async (
  network: NetworkApi,
  context: RequestContext,
  instance: Instance,
): Promise<NetworkInfo> => {
  const cached = cachedNetworkInfo(instance)
  const info = await network.getInstanceNwInfo(context, instance, cached)
  await saveNetworkInfo(context, instance, info)
  return info
}
