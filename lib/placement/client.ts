import { PlacementAPIConnectFailure } from '../exception/index.js'
import { isRecord } from '../util/is-record.js'
import {
  type Caller,
  NoCredentials,
  NoEndpoint,
  type Query,
  ServiceClient,
  type ServiceClientOptions,
  ServiceFault,
  ServiceUnreachable,
} from '../util/service-client.js'
import type { PlacementConf } from './conf.js'

/** Placement answered, but not with 2xx. */
export class PlacementFault extends Error {
  override readonly name = 'PlacementFault'
  readonly status: number
  /** `placement.concurrent_update`, say; null up to microversion 1.22, and where it tells none */
  readonly code: string | null
  /** What it says of it. */
  readonly detail: string

  constructor({ status, body }: ServiceFault, what: string) {
    const { code, detail } = firstError(body)
    super(`${what}: ${status} ${detail}`.trim())
    this.status = status
    this.code = code
    this.detail = detail
  }

  /** Somebody changed a provider or a consumer while we looked at it. */
  get isConcurrentUpdate(): boolean {
    return this.status === 409 && this.code === 'placement.concurrent_update'
  }

  /** Of those, the one that trying again does not help: what was known of the consumer is wrong. */
  get isConsumerConflict(): boolean {
    return this.isConcurrentUpdate && this.detail.includes('consumer generation conflict')
  }
}

const firstError = (body: unknown): { code: string | null; detail: string } => {
  if (typeof body === 'string') return { code: null, detail: body.trim() }
  const errors: unknown = isRecord(body) ? body.errors : null
  const first: unknown = Array.isArray(errors) ? errors[0] : null
  if (!isRecord(first)) return { code: null, detail: '' }
  const { code, detail } = first
  return {
    code: typeof code === 'string' ? code : null,
    detail: typeof detail === 'string' ? detail.trim() : '',
  }
}

export interface PlacementCall {
  /** Placement's microversion; 1.0 when absent */
  readonly version?: string
  readonly query?: Query
  readonly json?: unknown
}

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'

/** HTTP calls to Placement, always as this service: no user may speak to it. */
export class PlacementClient {
  readonly #client: ServiceClient

  constructor(
    conf: PlacementConf,
    options: Omit<ServiceClientOptions, 'type' | 'endpoints' | 'region' | 'interfaces'> = {},
  ) {
    this.#client = new ServiceClient({
      ...options,
      type: conf.service_type ?? 'placement',
      endpoints: conf.endpoint_override ? [conf.endpoint_override] : undefined,
      interfaces: conf.valid_interfaces,
      region: conf.region_name ?? conf.os_region_name ?? null,
      tls: conf,
      ...(conf.connect_retries == null ? {} : { retries: conf.connect_retries }),
      ...(conf.timeout ? { timeoutMs: conf.timeout * 1000 } : {}),
    })
  }

  /**
   * @returns the parsed body; undefined for an empty one
   * @throws PlacementFault, PlacementAPIConnectFailure
   */
  async call(context: Caller, method: Method, path: string, options: PlacementCall = {}) {
    const { version, query, json } = options
    try {
      return await this.#client.json(context, method, path, {
        ...(query ? { query } : {}),
        ...(json === undefined ? {} : { json }),
        ...(version ? { headers: { 'openstack-api-version': `placement ${version}` } } : {}),
        asService: true,
      })
    } catch (error) {
      if (error instanceof ServiceFault) throw new PlacementFault(error, `${method} ${path}`)
      const isAway =
        error instanceof ServiceUnreachable ||
        error instanceof NoEndpoint ||
        error instanceof NoCredentials
      if (!isAway) throw error
      const failure = new PlacementAPIConnectFailure()
      failure.cause = error
      throw failure
    }
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}

/** The document that an answer is, where it has to be one. */
export const documentOf = (answer: unknown): Readonly<Record<string, unknown>> =>
  isRecord(answer) ? answer : {}

/** @returns null for what is not there */
export const unlessMissing = async <T>(work: Promise<T>): Promise<T | null> => {
  try {
    return await work
  } catch (error) {
    if (error instanceof PlacementFault && error.status === 404) return null
    throw error
  }
}
