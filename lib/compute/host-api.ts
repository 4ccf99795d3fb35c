import type { RequestContext } from '../context/index.js'
import {
  ComputeHostNotFound,
  HostBinaryNotFound,
  ServiceNotFound,
  ServiceNotUnique,
} from '../exception/index.js'
import {
  type ComputeNode,
  ComputeNodeList,
  HostMapping,
  HostMappingList,
  Service,
  ServiceList,
} from '../objects/index.js'
import type { AvailabilityZones } from './availability-zones.js'
import type { Cells } from './cells.js'
import { isServiceUp } from './service-up.js'

/** A service and the availability zone that it stands in. */
export interface PlacedService {
  readonly service: Service
  readonly zone: string
}

export interface AllServices {
  readonly services: readonly PlacedService[]
  /** Hosts of cells that cannot be reached now. */
  readonly unknownHosts: readonly string[]
}

/** A node of a hypervisor, and the nova-compute that runs it. */
export interface Hypervisor {
  readonly node: ComputeNode
  readonly service: Service
}

export interface HostApiParts {
  readonly cells: Cells
  readonly zones: AvailabilityZones
  /** `[DEFAULT] service_down_time`, seconds */
  readonly serviceDownTime: number
}

/** nova.compute.api.HostAPI: services and hypervisors, over all cells. Objects are bound to their cell. */
export class HostApi {
  readonly #parts: HostApiParts

  constructor(parts: HostApiParts) {
    this.#parts = parts
  }

  isUp(service: Service): boolean {
    return isServiceUp(service, this.#parts.serviceDownTime)
  }

  async services(
    context: RequestContext,
    options: { readonly disabled?: boolean } = {},
  ): Promise<AllServices> {
    const { cells, zones } = this.#parts
    const [byHost, { answers, down }] = await Promise.all([
      zones.zonesByHost(context),
      cells.gather(context, cell => ServiceList.getAll(cell, options)),
    ])
    const hostsOfDown = await Promise.all(
      down.map(({ id }) => HostMappingList.getByCellId(context, id)),
    )
    return {
      services: answers.flatMap(({ objects }) =>
        objects.map(service => ({
          service,
          zone:
            service.topic === 'compute'
              ? (byHost.get(service.host ?? '') ?? zones.default)
              : zones.internal,
        })),
      ),
      unknownHosts: hostsOfDown.flatMap(({ objects }) => objects.map(({ host }) => host)),
    }
  }

  /**
   * @param id  number, or uuid
   * @throws ServiceNotFound, ServiceNotUnique when several cells have the number
   */
  async service(context: RequestContext, id: number | string): Promise<Service> {
    const { services } = await this.services(context)
    const [one, ...others] = services.filter(({ service }) =>
      typeof id === 'number' ? service.id === id : service.uuid === id,
    )
    if (!one) throw new ServiceNotFound({ service_id: id })
    if (others.length) throw new ServiceNotUnique()
    return one.service
  }

  /** @throws HostMappingNotFound, HostBinaryNotFound */
  async serviceOn(context: RequestContext, host: string, binary: string): Promise<Service> {
    const { cellMapping } = await HostMapping.getByHost(context.elevated(), host)
    const cell = await this.#parts.cells.target(context, cellMapping)
    const service = await Service.getByHostAndBinary(cell, host, binary)
    if (!service) throw new HostBinaryNotFound({ host, binary })
    return service
  }

  /**
   * Nodes in order of cell and number; those whose nova-compute is gone are left out.
   *
   * @param match  part of the name of the hypervisor's host
   */
  async hypervisors(context: RequestContext, match?: string): Promise<Hypervisor[]> {
    const cells = await this.#parts.cells.contexts(context)
    const found = await Promise.all(
      cells.map(async cell => {
        const [nodes, services] = await Promise.all([
          match === undefined
            ? ComputeNodeList.getAll(cell)
            : ComputeNodeList.getByHypervisor(cell, match),
          ServiceList.getByBinary(cell, 'nova-compute', { includeDisabled: true }),
        ])
        const byHost = new Map(services.objects.map(service => [service.host, service]))
        return nodes.objects.flatMap(node => {
          const service = byHost.get(node.host)
          return service ? [{ node, service }] : []
        })
      }),
    )
    return found.flat()
  }

  /** @throws ComputeHostNotFound */
  async hypervisor(context: RequestContext, id: number | string): Promise<Hypervisor> {
    const found = (await this.hypervisors(context)).find(({ node }) =>
      typeof id === 'number' ? node.id === id : node.uuid === id,
    )
    if (!found) throw new ComputeHostNotFound({ host: id })
    return found
  }
}
