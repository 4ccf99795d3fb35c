import type { RequestContext } from '../context/index.js'
import { NotFound } from '../exception/index.js'
import { type NetworkInfo, networkInfoFromJson, networkInfoToJson } from '../network/model.js'
import {
  type Instance,
  InstanceInfoCache,
  NetworkRequestList,
  VirtualInterface,
} from '../objects/index.js'
import type { ComputeServices } from './services.js'

/** The ports of instances: made, asked for, given back; the cache in the database kept in step. */
export class InstanceNetworks {
  readonly #services: ComputeServices

  constructor(services: ComputeServices) {
    this.#services = services
  }

  /** Makes and binds what a boot asks for. What was made before a failure is taken back. */
  async allocate(
    context: RequestContext,
    instance: Instance,
    requested: unknown,
    securityGroups: readonly string[],
  ): Promise<NetworkInfo> {
    const { network, host, options } = this.#services
    const attempts = 1 + Math.max(options.networkAllocateRetries, 0)
    for (let attempt = 1; ; attempt++) {
      try {
        const info = await network.allocateForInstance(context, instance, {
          requestedNetworks: requestedNetworks(requested),
          securityGroups,
          bindHostId: host,
        })
        await this.#record(context, instance, info)
        return info
      } catch (error) {
        if (attempt >= attempts) throw error
        this.#services.log.warn(
          { err: error, instance: instance.uuid, attempt },
          'network setup failed',
        )
      }
    }
  }

  async #record(context: RequestContext, instance: Instance, info: NetworkInfo): Promise<void> {
    for (const vif of info) {
      const row = new VirtualInterface(context, {
        uuid: vif.id,
        instanceUuid: instance.uuid,
        address: `${vif.address}/${vif.id}`,
        tag: null,
      })
      await row.create()
    }
    await this.#saveCache(context, instance, info)
  }

  /** What the network service says now; the cache is brought up to it. */
  async refresh(context: RequestContext, instance: Instance): Promise<NetworkInfo> {
    const cached = this.cached(instance)
    const info = await this.#services.network.getInstanceNwInfo(context, instance, cached)
    await this.#saveCache(context, instance, info)
    return info
  }

  cached(instance: Instance): NetworkInfo {
    return networkInfoFromJson(instance.get('infoCache')?.get('networkInfo'))
  }

  /** Gives back whatever ports the instance has; nothing there is no error. */
  async deallocate(
    context: RequestContext,
    instance: Instance,
    requested?: unknown,
  ): Promise<void> {
    await this.#services.network.deallocateForInstance(context, instance, {
      ...(requested === undefined ? {} : { requestedNetworks: requestedNetworks(requested) }),
    })
    await VirtualInterface.deleteByInstanceUuid(context, instance.uuid)
    try {
      await this.#saveCache(context, instance, [])
    } catch (error) {
      // The instance is gone, and its cache with it.
      if (!(error instanceof NotFound)) throw error
    }
  }

  async #saveCache(context: RequestContext, instance: Instance, info: NetworkInfo): Promise<void> {
    const text = networkInfoToJson(info)
    const cache = instance.get('infoCache') ?? new InstanceInfoCache(context)
    if (cache.get('networkInfo') === text) return
    cache.bind(context)
    cache.instanceUuid = instance.uuid
    cache.networkInfo = text
    await cache.save()
  }
}

const requestedNetworks = (requested: unknown): NetworkRequestList | null =>
  requested instanceof NetworkRequestList ? requested : null
