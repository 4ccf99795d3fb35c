import type { RequestContext } from '../context/index.js'
import { ComputeServiceUnavailable, HostMappingNotFound, HostNotFound } from '../exception/index.js'
import { HostMapping, Service } from '../objects/index.js'
import type { Cells } from './cells.js'
import type { ComputeRpcApi } from './rpcapi.js'
import { isServiceUp } from './service-up.js'

export interface HostControlParts {
  readonly cells: Cells
  readonly compute: ComputeRpcApi
  /** `[DEFAULT] service_down_time`, seconds */
  readonly serviceDownTime: number
}

export type HostPowerAction = 'startup' | 'shutdown' | 'reboot'

/**
 * What administrators ask of a whole host, in its driver's words. Every method rejects with HostNotFound,
 * with ComputeServiceUnavailable when nobody is there to ask, and with the driver's NotImplementedError.
 */
export class HostControl {
  readonly #parts: HostControlParts

  constructor(parts: HostControlParts) {
    this.#parts = parts
  }

  /** Whether it takes new guests. @returns `enabled`, `disabled` */
  async setEnabled(context: RequestContext, host: string, enabled: boolean): Promise<string> {
    return this.#parts.compute.setHostEnabled(await this.#cellOf(context, host), host, enabled)
  }

  /** @returns `on_maintenance`, `off_maintenance` */
  async setMaintenance(context: RequestContext, host: string, on: boolean): Promise<string> {
    return this.#parts.compute.hostMaintenanceMode(await this.#cellOf(context, host), host, on)
  }

  async power(context: RequestContext, host: string, action: HostPowerAction): Promise<string> {
    return this.#parts.compute.hostPowerAction(await this.#cellOf(context, host), host, action)
  }

  async #cellOf(context: RequestContext, host: string): Promise<RequestContext> {
    const cell = await this.#parts.cells.target(context, await cellMappingOf(context, host))
    const service = await Service.getByComputeHost(cell, host)
    if (!service) throw new HostNotFound({ host })
    if (isServiceUp(service, this.#parts.serviceDownTime)) return cell
    throw new ComputeServiceUnavailable({ host })
  }
}

const cellMappingOf = async (context: RequestContext, host: string) => {
  try {
    return (await HostMapping.getByHost(context.elevated(), host)).cellMapping
  } catch (error) {
    if (error instanceof HostMappingNotFound) throw new HostNotFound({ host })
    throw error
  }
}
