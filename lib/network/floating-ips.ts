import type { RequestContext } from '../context/index.js'
import {
  FixedIpNotFoundForAddress,
  FloatingIpAssociateFailed,
  FloatingIpBadRequest,
  FloatingIpLimitExceeded,
  FloatingIpMultipleFoundForAddress,
  FloatingIpNotFound,
  FloatingIpNotFoundForAddress,
  FloatingIpPoolNotFound,
  NoMoreFloatingIps,
} from '../exception/index.js'
import { type Doc, docOf, type NeutronClient, NeutronFault, type Scope } from './neutron-client.js'

/** An outside network that floating addresses come from. */
export interface FloatingIpPool {
  readonly id: string
  /** The id, where the network has no name. */
  readonly name: string
}

export interface FloatingIp {
  readonly id: string
  readonly address: string
  /** Name of the pool. */
  readonly pool: string
  readonly fixedAddress: string | null
  readonly portId: string | null
  /** Whose port it leads to: a server's uuid, mostly; null when it leads nowhere. */
  readonly deviceId: string | null
}

/** Floating addresses, with the user's token: what the API shows and changes for old clients. */
export interface FloatingIpApi {
  pools(context: RequestContext): Promise<FloatingIpPool[]>
  /** Those of the context's project. */
  list(context: RequestContext): Promise<FloatingIp[]>
  /** @throws FloatingIpNotFound */
  get(context: RequestContext, id: string): Promise<FloatingIp>
  /** @throws FloatingIpNotFoundForAddress, FloatingIpMultipleFoundForAddress */
  getByAddress(context: RequestContext, address: string): Promise<FloatingIp>
  /**
   * @param pool  name or id; null: `[neutron] default_floating_pool`
   * @throws FloatingIpPoolNotFound, NoMoreFloatingIps, FloatingIpLimitExceeded, FloatingIpBadRequest
   */
  allocate(context: RequestContext, pool: string | null): Promise<FloatingIp>
  /**
   * @returns whose it was before
   * @throws FixedIpNotFoundForAddress, FloatingIpAssociateFailed and as {@link getByAddress}
   */
  associate(
    context: RequestContext,
    instanceUuid: string,
    address: string,
    fixedAddress: string,
  ): Promise<string | null>
  disassociate(context: RequestContext, floatingIp: FloatingIp): Promise<void>
  /** Takes it off whatever it leads to, and gives it back. */
  release(context: RequestContext, floatingIp: FloatingIp): Promise<void>
}

export class NeutronFloatingIps implements FloatingIpApi {
  readonly #client: NeutronClient
  readonly #defaultPool: string

  constructor(client: NeutronClient, defaultPool: string) {
    this.#client = client
    this.#defaultPool = defaultPool
  }

  async pools(context: RequestContext): Promise<FloatingIpPool[]> {
    const networks = await this.#client.list(user(context), 'networks', { 'router:external': true })
    return networks.map(({ id, name }) => ({ id: String(id), name: String(name || id) }))
  }

  async list(context: RequestContext): Promise<FloatingIp[]> {
    const query = { tenant_id: context.projectId ?? undefined }
    return this.#described(context, await this.#client.list(user(context), 'floatingips', query))
  }

  async get(context: RequestContext, id: string): Promise<FloatingIp> {
    try {
      const doc = await this.#client.show(user(context), 'floatingips', 'floatingip', id)
      return await this.#one(context, doc)
    } catch (error) {
      if (isStatus(error, 404)) throw new FloatingIpNotFound({ id })
      throw error
    }
  }

  async getByAddress(context: RequestContext, address: string): Promise<FloatingIp> {
    return this.#one(context, await this.#docOf(context, address))
  }

  async allocate(context: RequestContext, pool: string | null): Promise<FloatingIp> {
    const network = await this.#poolId(context, pool || this.#defaultPool)
    try {
      const json = { floatingip: { floating_network_id: network } }
      const made = await this.#client.call(user(context), 'POST', '/v2.0/floatingips', { json })
      return await this.#one(context, docOf(made.floatingip))
    } catch (error) {
      throw allocateError(error)
    }
  }

  async associate(
    context: RequestContext,
    instanceUuid: string,
    address: string,
    fixedAddress: string,
  ): Promise<string | null> {
    const ports = await this.#client.list(user(context), 'ports', { device_id: instanceUuid })
    const port = ports.find(({ fixed_ips: ips }) =>
      (Array.isArray(ips) ? ips : []).some(ip => docOf(ip).ip_address === fixedAddress),
    )
    if (!port) throw new FixedIpNotFoundForAddress({ address: fixedAddress })
    const before = await this.getByAddress(context, address)
    try {
      await this.#update(context, before.id, { port_id: port.id, fixed_ip_address: fixedAddress })
    } catch (error) {
      if (isStatus(error, 409)) throw new FloatingIpAssociateFailed({ address })
      throw error
    }
    return before.deviceId
  }

  async disassociate(context: RequestContext, { id }: FloatingIp): Promise<void> {
    await this.#update(context, id, { port_id: null })
  }

  async release(context: RequestContext, { id }: FloatingIp): Promise<void> {
    try {
      await this.#client.call(user(context), 'DELETE', pathOf(id))
    } catch (error) {
      if (isStatus(error, 404)) throw new FloatingIpNotFound({ id })
      throw error
    }
  }

  async #update(context: RequestContext, id: string, floatingip: Doc): Promise<void> {
    await this.#client.call(user(context), 'PUT', pathOf(id), { json: { floatingip } })
  }

  async #docOf(context: RequestContext, address: string): Promise<Doc> {
    const query = { floating_ip_address: address }
    const [one, another] = await this.#client.list(user(context), 'floatingips', query)
    if (!one) throw new FloatingIpNotFoundForAddress({ address })
    if (another) throw new FloatingIpMultipleFoundForAddress({ address, code: 409 })
    return one
  }

  async #poolId(context: RequestContext, nameOrId: string): Promise<string> {
    const pools = await this.pools(context)
    const [one, another] = pools.filter(({ id, name }) => id === nameOrId || name === nameOrId)
    if (!one) throw new FloatingIpPoolNotFound()
    if (another) {
      throw new FloatingIpBadRequest(
        `Multiple floating IP pools matches found for name '${nameOrId}'`,
      )
    }
    return one.id
  }

  async #one(context: RequestContext, doc: Doc): Promise<FloatingIp> {
    const [one] = await this.#described(context, [doc])
    if (!one) throw new FloatingIpNotFound({ id: doc.id })
    return one
  }

  /** With the names of their pools and the devices behind their ports: each asked for once. */
  async #described(context: RequestContext, docs: readonly Doc[]): Promise<FloatingIp[]> {
    if (docs.length === 0) return []
    const pools = new Map((await this.pools(context)).map(({ id, name }) => [id, name]))
    const devices = await this.#devicesOf(context, docs)
    return docs.map(doc => {
      const network = String(doc.floating_network_id)
      const portId = textOf(doc.port_id)
      return {
        id: String(doc.id),
        address: String(doc.floating_ip_address),
        pool: pools.get(network) ?? network,
        fixedAddress: textOf(doc.fixed_ip_address),
        portId,
        deviceId: portId === null ? null : (devices.get(portId) ?? null),
      }
    })
  }

  /** By port. Newer network services tell the device with the address; of others it is asked. */
  async #devicesOf(
    context: RequestContext,
    docs: readonly Doc[],
  ): Promise<ReadonlyMap<string, string | null>> {
    const used = docs.filter(({ port_id: port }) => textOf(port) !== null)
    const told = used.filter(({ port_details: details }) => details !== undefined)
    const devices = new Map(
      told.map(doc => [String(doc.port_id), textOf(docOf(doc.port_details).device_id)]),
    )
    if (told.length === used.length) return devices
    const query = { tenant_id: context.projectId ?? undefined, fields: ['id', 'device_id'] }
    for (const port of await this.#client.list(user(context), 'ports', query)) {
      devices.set(String(port.id), textOf(port.device_id))
    }
    return devices
  }
}

const user = (context: RequestContext): Scope => ({ context, admin: false })

const pathOf = (id: string): string => `/v2.0/floatingips/${encodeURIComponent(id)}`

/** An empty string is none too. */
const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null

const isStatus = (error: unknown, status: number): boolean =>
  error instanceof NeutronFault && error.status === status

const allocateError = (error: unknown): unknown => {
  if (!(error instanceof NeutronFault)) return error
  switch (error.type) {
    case 'IpAddressGenerationFailure':
    case 'ExternalIpAddressExhausted':
      return new NoMoreFloatingIps(error.message)
    case 'OverQuota':
      return new FloatingIpLimitExceeded(error.message)
    default:
      return error.status === 400 ? new FloatingIpBadRequest(error.message) : error
  }
}
