import { InstanceInfoCacheNotFound, InstanceNotFound } from '../exception/index.js'
import { Instance, InstanceList } from '../objects/index.js'
import type { InstanceNetworks } from './networking.js'
import type { ComputeServices } from './services.js'
import { TaskState, VmState } from './states.js'

/** Brings what is remembered of interfaces up to what the network service says: one instance at each turn. */
export class InfoCacheHealer {
  readonly #services: ComputeServices
  readonly #networks: InstanceNetworks
  /** uuids that have their turn before the list is made anew. */
  #waiting: string[] = []

  constructor(services: ComputeServices, networks: InstanceNetworks) {
    this.#services = services
    this.#networks = networks
  }

  async healNext(): Promise<void> {
    const { adminContext: context, host, log } = this.#services
    if (this.#waiting.length === 0) this.#waiting = await this.#all()
    const instance = await this.#next()
    if (!instance) return
    try {
      await this.#bindHere(instance)
      await this.#networks.refresh(context, instance)
    } catch (error) {
      if (error instanceof InstanceNotFound || error instanceof InstanceInfoCacheNotFound) return
      log.error({ err: error, instance: instance.uuid, host }, 'cannot refresh network information')
    }
  }

  async #all(): Promise<string[]> {
    const { adminContext, host } = this.#services
    const found = await InstanceList.getByHost(adminContext, host, {
      expectedAttrs: [],
      useSlave: true,
    })
    return found.objects
      .filter(one => one.vmState !== VmState.building && one.taskState !== TaskState.deleting)
      .map(({ uuid }) => uuid)
  }

  async #next(): Promise<Instance | null> {
    const { adminContext, host } = this.#services
    for (let uuid = this.#waiting.shift(); uuid !== undefined; uuid = this.#waiting.shift()) {
      try {
        const instance = await Instance.getByUuid(adminContext, uuid, {
          expectedAttrs: ['system_metadata', 'info_cache', 'flavor'],
          useSlave: true,
        })
        if (instance.host === host && instance.taskState !== TaskState.deleting) return instance
      } catch (error) {
        if (!(error instanceof InstanceNotFound)) throw error
      }
    }
    return null
  }

  /** An evacuation that failed may have left its ports at the host that it did not reach. */
  async #bindHere(instance: Instance): Promise<void> {
    if (instance.taskState !== null) return
    const { adminContext: context, host, network } = this.#services
    const ports = await network.listPorts(context, instance.uuid)
    const elsewhere = ports.some(port => {
      const bound = port['binding:host_id']
      return typeof bound === 'string' && bound !== '' && bound !== host
    })
    if (elsewhere) await network.setupInstanceNetworkOnHost(context, instance, host)
  }
}
