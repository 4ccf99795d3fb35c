import type { RequestContext } from '../context/index.js'
import {
  Forbidden,
  InvalidInput,
  ManilaConnectionFailed,
  type NovaException,
  ShareAccessGrantError,
  ShareAccessNotFound,
  ShareAccessRemovalError,
  ShareNotFound,
  Unauthorized,
} from '../exception/index.js'
import { isRecord } from '../util/is-record.js'
import {
  type CallOptions,
  NoCredentials,
  NoEndpoint,
  ServiceClient,
  type ServiceClientOptions,
  ServiceFault,
  ServiceUnreachable,
  type TlsOptions,
} from '../util/service-client.js'
import type { Share, ShareApi, ShareClient } from './api.js'

/** The part of `[manila]` that is read here. */
export interface ManilaConf extends TlsOptions {
  readonly service_type: string
  readonly valid_interfaces: readonly string[]
  readonly region_name?: string | null
  /** Instead of the catalog. */
  readonly endpoint_override?: string | null
  /** seconds */
  readonly timeout?: number | null
}

/** The least whose access rules can be locked, so that nobody takes them from under a server. */
const MICROVERSION = '2.82'

/** What catalogs called the service before. */
const OLDER_TYPE = 'sharev2'

type Doc = Readonly<Record<string, unknown>>

const clientOf = (conf: ManilaConf, options: ServiceClientOptions): ServiceClient =>
  new ServiceClient({
    ...options,
    ...(conf.endpoint_override ? { endpoints: [conf.endpoint_override] } : {}),
    interfaces: conf.valid_interfaces,
    region: conf.region_name ?? null,
    tls: conf,
    ...(conf.timeout ? { timeoutMs: conf.timeout * 1000 } : {}),
  })

/** nova.share.manila.API, over Manila's v2. */
export class ManilaShareApi implements ShareApi {
  /** By the service's type in the catalog; the first is for callers whose catalog names none. */
  readonly #clients: readonly (readonly [type: string, client: ServiceClient])[]

  constructor(
    conf: ManilaConf,
    options: Omit<ServiceClientOptions, 'type' | 'endpoints' | 'region' | 'interfaces'> = {},
  ) {
    const client = (type: string) => [type, clientOf(conf, { ...options, type })] as const
    this.#clients = [client(conf.service_type), client(OLDER_TYPE)]
  }

  #clientFor({ serviceCatalog }: RequestContext): ServiceClient {
    const named = this.#clients.find(([type]) => serviceCatalog.some(one => one.type === type))
    const [, client] = named ?? this.#clients[0] ?? []
    if (!client) throw new TypeError('there is no client')
    return client
  }

  async get(context: RequestContext, id: string): Promise<Share> {
    // What cannot be an id is not there either.
    const refused = () => new ShareNotFound({ share_id: id })
    const path = `/shares/${encodeURIComponent(id)}`
    const { share } = await this.#call(context, 'GET', path, id, { refused })
    if (!isRecord(share)) throw new ManilaConnectionFailed({ reason: 'no share in its answer' })
    const body = await this.#call(context, 'GET', `${path}/export_locations`, id, { refused })
    const locations = listIn(body, 'export_locations')
    const location = locations.find(({ preferred }) => preferred === true) ?? locations[0]
    return {
      id: String(share.id),
      status: String(share.status ?? ''),
      protocol: String(share.share_proto ?? ''),
      exportLocation: typeof location?.path === 'string' ? location.path : null,
    }
  }

  async hasAccess(context: RequestContext, id: string, client: ShareClient): Promise<boolean> {
    return (await this.#access(context, id, client))?.state === 'active'
  }

  async allow(context: RequestContext, id: string, { type, to }: ShareClient): Promise<void> {
    await this.#act(context, id, {
      refused: reason => new ShareAccessGrantError({ share_id: id, reason }),
      json: {
        allow_access: {
          access_type: type,
          access_to: to,
          access_level: 'rw',
          lock_visibility: true,
          lock_deletion: true,
          lock_reason: 'Lock by nova',
        },
      },
    })
  }

  async deny(context: RequestContext, id: string, client: ShareClient): Promise<void> {
    const access = await this.#access(context, id, client)
    if (!access) throw new ShareAccessNotFound({ share_id: id })
    await this.#act(context, id, {
      refused: reason => new ShareAccessRemovalError({ share_id: id, reason }),
      json: { deny_access: { access_id: access.id, unrestrict: true } },
    })
  }

  async #access(
    context: RequestContext,
    id: string,
    { type, to }: ShareClient,
  ): Promise<Doc | undefined> {
    const body = await this.#call(context, 'GET', '/share-access-rules', id, {
      query: { share_id: id },
      asService: this.#clientFor(context).hasSession,
    })
    return listIn(body, 'access_list').find(
      ({ access_type, access_to }) => access_type === type && access_to === to,
    )
  }

  /** As nova itself, if it can: its locks are not the user's to lift. */
  async #act(context: RequestContext, id: string, options: ManilaCall): Promise<void> {
    const path = `/shares/${encodeURIComponent(id)}/action`
    const asService = this.#clientFor(context).hasSession
    await this.#call(context, 'POST', path, id, { ...options, asService })
  }

  async #call(
    context: RequestContext,
    method: string,
    path: string,
    id: string,
    { refused = reason => new InvalidInput({ reason }), ...options }: ManilaCall = {},
  ): Promise<Doc> {
    try {
      const body = await this.#clientFor(context).json(context, method, `/v2${path}`, {
        ...options,
        headers: { 'x-openstack-manila-api-version': MICROVERSION },
      })
      return isRecord(body) ? body : {}
    } catch (error) {
      throw translated(error, id, refused)
    }
  }
}

type Refusal = (reason: string) => NovaException

interface ManilaCall extends CallOptions {
  /** What a 400 means. */
  readonly refused?: Refusal
}

const listIn = (body: Doc, key: string): Doc[] => {
  const list = body[key]
  return Array.isArray(list) ? list.filter(isRecord) : []
}

const translated = (error: unknown, id: string, refused: Refusal): unknown => {
  // Where there is no share service there are no shares either.
  if (error instanceof NoEndpoint) return new ShareNotFound({ share_id: id })
  if (error instanceof ServiceUnreachable) {
    return new ManilaConnectionFailed({ reason: error.message })
  }
  if (error instanceof NoCredentials) return new Unauthorized()
  if (!(error instanceof ServiceFault)) return error
  const message = messageOf(error)
  switch (error.status) {
    case 400:
      return refused(message)
    case 401:
      return new Unauthorized()
    case 403:
      return new Forbidden(message)
    case 404:
      return new ShareNotFound({ share_id: id })
    default:
      return new ManilaConnectionFailed({ reason: message })
  }
}

/** `{"badRequest": {"message": …}}` */
const messageOf = ({ body, message }: ServiceFault): string => {
  const [fault]: unknown[] = isRecord(body) ? Object.values(body) : []
  return isRecord(fault) && typeof fault.message === 'string' ? fault.message : message
}
