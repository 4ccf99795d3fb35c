import type { RequestContext } from '../context/index.js'
import { NotFound } from '../exception/index.js'
import type { NetworkInfo } from '../network/model.js'
import { type Instance, NetworkRequestList, VirtualInterface } from '../objects/index.js'
import { KeyedLock } from '../util/keyed-lock.js'
import { cachedNetworkInfo, freshNetworkInfo, saveNetworkInfo } from './info-cache.js'
import type { ComputeServices } from './services.js'

/** The ports of instances: made, asked for, given back; the cache in the database kept in step. */
export class InstanceNetworks {
  readonly #services: ComputeServices
  readonly #caches = new KeyedLock()

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
    const requests = requestedNetworks(requested)
    const attempts = 1 + Math.max(options.networkAllocateRetries, 0)
    const once = async (): Promise<NetworkInfo> => {
      const info = await network.allocateForInstance(context, instance, {
        requestedNetworks: requests,
        securityGroups,
        bindHostId: host,
      })
      await this.#record(context, instance, info, requests)
      return info
    }
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#caches.run(instance.uuid, once)
      } catch (error) {
        if (attempt >= attempts) throw error
        this.#services.log.warn(
          { err: error, instance: instance.uuid, attempt },
          'network setup failed',
        )
      }
    }
  }

  async #record(
    context: RequestContext,
    instance: Instance,
    info: NetworkInfo,
    requests: NetworkRequestList | null,
  ): Promise<void> {
    for (const [index, vif] of info.entries()) {
      const row = new VirtualInterface(context, {
        uuid: vif.id,
        instanceUuid: instance.uuid,
        address: `${vif.address}/${vif.id}`,
        // Interfaces come in the order of what was asked for.
        tag: requests?.objects[index]?.get('tag') ?? null,
      })
      await row.create()
    }
    await saveNetworkInfo(context, instance, info)
  }

  /** What the network service says now; the cache is brought up to it. */
  refresh(context: RequestContext, instance: Instance): Promise<NetworkInfo> {
    return this.change(context, instance, current =>
      this.#services.network.getInstanceNwInfo(context, instance, current),
    )
  }

  /**
   * Changes what an instance has. The cache holds what the network service does not know, so it is read
   * anew, and nobody else changes it between.
   *
   * @param change  what is there → what is there then
   */
  change(
    context: RequestContext,
    instance: Instance,
    change: (current: NetworkInfo) => Promise<NetworkInfo>,
  ): Promise<NetworkInfo> {
    return this.#caches.run(instance.uuid, async () => {
      const info = await change(await freshNetworkInfo(context, instance))
      await saveNetworkInfo(context, instance, info)
      return info
    })
  }

  cached(instance: Instance): NetworkInfo {
    return cachedNetworkInfo(instance)
  }

  /** Gives back whatever ports the instance has; nothing there is no error. */
  async deallocate(
    context: RequestContext,
    instance: Instance,
    requested?: unknown,
  ): Promise<void> {
    await this.#services.network.deallocateForInstance(context, instance, {
      current: this.cached(instance),
      ...(requested === undefined ? {} : { requestedNetworks: requestedNetworks(requested) }),
    })
    await VirtualInterface.deleteByInstanceUuid(context, instance.uuid)
    try {
      await saveNetworkInfo(context, instance, [])
    } catch (error) {
      // The instance is gone, and its cache with it.
      if (!(error instanceof NotFound)) throw error
    }
  }
}

const requestedNetworks = (requested: unknown): NetworkRequestList | null =>
  requested instanceof NetworkRequestList ? requested : null
