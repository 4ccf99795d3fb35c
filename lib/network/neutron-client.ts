import type { RequestContext } from '../context/index.js'
import {
  NetworkServiceUnavailable,
  NeutronAdminCredentialConfigurationInvalid,
  NovaException,
  Unauthorized,
} from '../exception/index.js'
import {
  type Caller,
  type CallOptions,
  NoCredentials,
  NoEndpoint,
  type Query,
  ServiceClient,
  type ServiceClientOptions,
  ServiceFault,
  ServiceUnreachable,
  type TlsOptions,
} from '../util/service-client.js'

/** The part of `[neutron]` that is read here. */
export interface NeutronConf extends TlsOptions {
  readonly endpoint_override?: string | null
  readonly region_name?: string | null
  readonly valid_interfaces?: readonly string[]
  readonly http_retries?: number
  /** seconds */
  readonly timeout?: number | null
  readonly ovs_bridge?: string
  readonly default_floating_pool?: string
}

export type Doc = Readonly<Record<string, unknown>>

/** Neutron refused: its status, and `NeutronError`'s type and message. */
export class NeutronFault extends NovaException {
  static override readonly msgFmt: string = '%(message)s'
  readonly status: number
  readonly type: string

  constructor(status: number, type: string, message: string) {
    super(message || `the network service answered ${status}`, { code: status })
    this.status = status
    this.type = type
  }
}

/** A context and whose token to use: the user's, or the service's for what only an admin may. */
export interface Scope {
  readonly context: RequestContext
  readonly admin: boolean
}

/** Neutron's v2.0 API as far as nova uses it. */
export class NeutronClient {
  readonly #client: ServiceClient

  constructor(
    conf: NeutronConf,
    options: Omit<ServiceClientOptions, 'type' | 'endpoints' | 'region' | 'interfaces'> = {},
  ) {
    this.#client = new ServiceClient({
      ...options,
      type: 'network',
      endpoints: conf.endpoint_override ? [conf.endpoint_override] : undefined,
      interfaces: conf.valid_interfaces,
      region: conf.region_name,
      tls: conf,
      retries: conf.http_retries,
      ...(conf.timeout ? { timeoutMs: conf.timeout * 1000 } : {}),
    })
  }

  /** @param collection  as in the path and the answer's key, with `_` for the path's `-` */
  async list(scope: Scope, collection: string, query: Query = {}): Promise<Doc[]> {
    const path = `/v2.0/${collection.replaceAll('_', '-')}`
    const body = await this.call(scope, 'GET', path, { query })
    const list = body[collection]
    return Array.isArray(list) ? list.map(docOf) : []
  }

  async show(scope: Scope, collection: string, key: string, id: string, query: Query = {}) {
    const path = `/v2.0/${collection}/${encodeURIComponent(id)}`
    return docOf((await this.call(scope, 'GET', path, { query }))[key])
  }

  async createPort(scope: Scope, port: Doc): Promise<Doc> {
    return docOf((await this.call(scope, 'POST', '/v2.0/ports', { json: { port } })).port)
  }

  async updatePort(scope: Scope, id: string, port: Doc): Promise<Doc> {
    const path = `/v2.0/ports/${encodeURIComponent(id)}`
    return docOf((await this.call(scope, 'PUT', path, { json: { port } })).port)
  }

  async deletePort(scope: Scope, id: string): Promise<void> {
    await this.call(scope, 'DELETE', `/v2.0/ports/${encodeURIComponent(id)}`)
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  async call(scope: Scope, method: string, path: string, options: CallOptions = {}): Promise<Doc> {
    const { context, admin } = scope
    // Without credentials of our own, an admin's token has to do for what only an admin may.
    const asService = admin && this.#client.hasSession
    const caller: Caller = context
    try {
      return docOf(await this.#client.json(caller, method, path, { ...options, asService }))
    } catch (error) {
      throw translated(error, asService || context.authToken === null)
    }
  }
}

export const docOf = (value: unknown): Doc =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}

const translated = (error: unknown, asService: boolean): unknown => {
  if (error instanceof ServiceUnreachable || error instanceof NoEndpoint) {
    return new NetworkServiceUnavailable()
  }
  if (error instanceof NoCredentials) return new NeutronAdminCredentialConfigurationInvalid()
  if (!(error instanceof ServiceFault)) return error
  if (error.status === 401) {
    return asService ? new NeutronAdminCredentialConfigurationInvalid() : new Unauthorized()
  }
  const fault = docOf(docOf(error.body).NeutronError)
  return new NeutronFault(error.status, String(fault.type ?? ''), String(fault.message ?? ''))
}
