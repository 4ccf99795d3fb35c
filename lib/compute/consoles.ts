import type { RequestContext } from '../context/index.js'
import {
  ConsoleTypeInvalid,
  ConsoleTypeUnavailable,
  InstanceNotFound,
  InstanceNotReady,
} from '../exception/index.js'
import { ConsoleAuthToken, type Instance } from '../objects/index.js'
import type { ConsoleAddress, ConsoleProtocol } from '../virt/driver.js'
import type { ConsoleOptions } from './options.js'
import type { ComputeServices } from './services.js'
import { VmState } from './states.js'

/** What the RPC answers. */
export interface ConnectInfo {
  readonly token: string
  readonly access_url: string
  readonly host: string
  readonly port: number
  readonly internal_access_path: string | null
  /** SPICE only. */
  readonly tlsPort?: number | null
}

/** Types of console by what is spoken there, and where their clients are sent to. */
const typesOf = (
  protocol: ConsoleProtocol,
  { vnc, spice, serial, mks }: ConsoleOptions,
): Readonly<Record<string, string>> | null => {
  switch (protocol) {
    case 'vnc':
      return vnc && { novnc: vnc.baseUrl }
    case 'spice':
      return spice && { 'spice-html5': spice.baseUrl, 'spice-direct': spice.directBaseUrl }
    case 'serial':
      return serial && { serial: serial.baseUrl }
    case 'mks':
      return mks && { webmks: mks.baseUrl }
  }
}

const protocols: Readonly<Record<string, ConsoleProtocol>> = {
  novnc: 'vnc',
  'spice-html5': 'spice',
  'spice-direct': 'spice',
  serial: 'serial',
  webmks: 'mks',
}

/** Consoles of the guests of this host (contract: workers/console.md). */
export class GuestConsoles {
  readonly #services: ComputeServices

  constructor(services: ComputeServices) {
    this.#services = services
  }

  /** @throws ConsoleTypeUnavailable, ConsoleTypeInvalid, InstanceNotReady, NotImplementedError */
  async open(
    context: RequestContext,
    instance: Instance,
    protocol: ConsoleProtocol,
    type: string,
  ): Promise<ConnectInfo> {
    const { consoles } = this.#services.options
    const types = typesOf(protocol, consoles)
    if (!types) throw new ConsoleTypeUnavailable({ console_type: type })
    const baseUrl = Object.hasOwn(types, type) ? types[type] : undefined
    if (baseUrl === undefined) throw new ConsoleTypeInvalid({ console_type: type })
    const { host, port, internalAccessPath, tlsPort } = await this.#address(
      context,
      instance,
      protocol,
    )
    const token = new ConsoleAuthToken(context.elevated(), {
      consoleType: type,
      host,
      port,
      internalAccessPath,
      instanceUuid: instance.uuid,
      accessUrlBase: baseUrl,
    })
    await token.authorize(consoles.tokenTtl)
    return {
      host,
      port,
      internal_access_path: internalAccessPath,
      token: token.token,
      access_url: token.accessUrl,
      ...(tlsPort === undefined ? {} : { tlsPort }),
    }
  }

  /** Whether a console of this type listens on this port still. @throws as {@link open} */
  async isPort(
    context: RequestContext,
    instance: Instance,
    port: string | number,
    type: string,
  ): Promise<boolean> {
    const protocol = Object.hasOwn(protocols, type) ? protocols[type] : undefined
    if (!protocol) return false
    const address = await this.#address(context, instance, protocol)
    return String(address.port) === String(port)
  }

  async #address(
    context: RequestContext,
    instance: Instance,
    protocol: ConsoleProtocol,
  ): Promise<ConsoleAddress> {
    try {
      return await this.#services.driver.getConsole(context, instance, protocol)
    } catch (error) {
      if (!(error instanceof InstanceNotFound) || instance.vmState !== VmState.building) throw error
      throw new InstanceNotReady({ instance_id: instance.uuid })
    }
  }
}
