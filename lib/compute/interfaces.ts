import type { RequestContext } from '../context/index.js'
import {
  AttachInterfaceNotSupported,
  InterfaceAttachFailed,
  InterfaceDetachFailed,
  NetworkInterfaceTaggedAttachNotSupported,
  NotImplementedError,
  PortNotFound,
} from '../exception/index.js'
import type { Vif } from '../network/model.js'
import { type Instance, VirtualInterface } from '../objects/index.js'
import type { KeyedLock } from '../util/keyed-lock.js'
import { freshNetworkInfo } from './info-cache.js'
import type { InstanceNetworks } from './networking.js'
import type { ComputeServices } from './services.js'

/** `attach_interface`, as the manager takes it. All null: the one network there is. */
export interface WantedInterface {
  readonly networkId: string | null
  readonly portId: string | null
  readonly requestedIp: string | null
  readonly tag: string | null
}

/**
 * Interfaces of guests that run: put in, taken out, given more addresses and fewer (contract: flows.md 9,
 * network.md B2). One thing at a time for an instance; each begins with what the last one left in the cache.
 */
export class GuestInterfaces {
  readonly #services: ComputeServices
  readonly #networks: InstanceNetworks
  readonly #locks: KeyedLock

  constructor(services: ComputeServices, networks: InstanceNetworks, locks: KeyedLock) {
    this.#services = services
    this.#networks = networks
    this.#locks = locks
  }

  /**
   * @returns the new interface
   * @throws AttachInterfaceNotSupported, NetworkInterfaceTaggedAttachNotSupported, InterfaceAttachFailed,
   *   and what the network service refuses with
   */
  attach(context: RequestContext, instance: Instance, wanted: WantedInterface): Promise<Vif> {
    const { capabilities } = this.#services.driver
    if (!capabilities.supportsAttachInterface) {
      throw new AttachInterfaceNotSupported({ instance_uuid: instance.uuid })
    }
    if (wanted.tag !== null && !capabilities.supportsTaggedAttachInterface) {
      throw new NetworkInterfaceTaggedAttachNotSupported()
    }
    return this.#alone(instance, () => this.#attach(context, instance, wanted))
  }

  async #attach(
    context: RequestContext,
    instance: Instance,
    wanted: WantedInterface,
  ): Promise<Vif> {
    const { driver, log } = this.#services
    const made: Vif[] = []
    try {
      await this.#allocate(context, instance, wanted, made)
      const [vif, another] = made
      if (!vif || another) throw new InterfaceAttachFailed({ instance_uuid: instance.uuid })
      await new VirtualInterface(context, {
        uuid: vif.id,
        instanceUuid: instance.uuid,
        address: `${vif.address}/${vif.id}`,
        tag: wanted.tag,
      }).create()
      await driver.attachInterface(context, instance, vif)
      return vif
    } catch (error) {
      if (made.length === 0) throw error
      log.warn({ err: error, instance: instance.uuid }, 'cannot attach an interface')
      for (const { id } of made) {
        await this.#release(context, instance, id).catch(failure =>
          log.error({ err: failure, instance: instance.uuid, port: id }, 'cannot release a port'),
        )
      }
      throw new InterfaceAttachFailed({ instance_uuid: instance.uuid })
    }
  }

  /** @param made  is given what is new, as soon as it is there */
  async #allocate(
    context: RequestContext,
    instance: Instance,
    { networkId, portId, requestedIp }: WantedInterface,
    made: Vif[],
  ): Promise<void> {
    const { network, host } = this.#services
    await this.#networks.change(context, instance, async current => {
      const known = new Set(current.map(({ id }) => id))
      const info = await network.allocatePortForInstance(context, instance, {
        requestedNetworks: [{ networkId, portId, address: requestedIp }],
        bindHostId: host,
        current,
      })
      made.push(...info.filter(({ id }) => !known.has(id)))
      return info
    })
  }

  /** @throws PortNotFound, InterfaceDetachFailed */
  detach(context: RequestContext, instance: Instance, portId: string): Promise<void> {
    return this.#alone(instance, async () => {
      const current = await freshNetworkInfo(context, instance)
      const vif = current.find(({ id }) => id === portId)
      if (!vif) throw new PortNotFound(`Port ${portId} is not attached`)
      try {
        await this.#services.driver.detachInterface(context, instance, vif)
      } catch (error) {
        const fields = { err: error, instance: instance.uuid, port: portId }
        this.#services.log.warn(fields, 'cannot detach an interface')
        throw new InterfaceDetachFailed({ instance_uuid: instance.uuid })
      }
      await this.#release(context, instance, portId)
    })
  }

  /** @throws NetworkNotFoundForInstance */
  addFixedIp(context: RequestContext, instance: Instance, networkId: string): Promise<void> {
    return this.#alone(instance, async () => {
      await this.#networks.change(context, instance, current =>
        this.#services.network.addFixedIp(context, instance, networkId, current),
      )
    })
  }

  /** @throws FixedIpNotFoundForInstance */
  removeFixedIp(context: RequestContext, instance: Instance, address: string): Promise<void> {
    return this.#alone(instance, async () => {
      await this.#networks.change(context, instance, current =>
        this.#services.network.removeFixedIp(context, instance, address, current),
      )
    })
  }

  /** The network service has deleted a port: the guest loses the interface. An unknown one is no error. */
  forget(context: RequestContext, instance: Instance, portId: string): Promise<void> {
    return this.#alone(instance, async () => {
      const lost: Vif[] = []
      await this.#networks.change(context, instance, async current => {
        lost.push(...current.filter(({ id }) => id === portId))
        return current.filter(({ id }) => id !== portId)
      })
      for (const vif of lost) {
        await forgetVirtualInterface(context, portId)
        await this.#unplug(context, instance, vif)
      }
    })
  }

  /** There is nothing left that it could be plugged into, so a failure is only told. */
  async #unplug(context: RequestContext, instance: Instance, vif: Vif): Promise<void> {
    try {
      await this.#services.driver.detachInterface(context, instance, vif)
    } catch (error) {
      if (error instanceof NotImplementedError) return
      const fields = { err: error, instance: instance.uuid, port: vif.id }
      this.#services.log.warn(fields, 'cannot detach an interface whose port is gone')
    }
  }

  async #release(context: RequestContext, instance: Instance, portId: string): Promise<void> {
    await this.#networks.change(context, instance, current =>
      this.#services.network.deallocatePortForInstance(context, instance, portId, current),
    )
    await forgetVirtualInterface(context, portId)
  }

  #alone<T>(instance: Instance, work: () => Promise<T>): Promise<T> {
    return this.#locks.run(instance.uuid, work)
  }
}

const forgetVirtualInterface = async (context: RequestContext, portId: string): Promise<void> => {
  const row = await VirtualInterface.getByUuid(context, portId)
  await row?.destroy()
}
