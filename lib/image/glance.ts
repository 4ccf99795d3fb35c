import type { Readable } from 'node:stream'
import type { RequestContext } from '../context/index.js'
import {
  CouldNotUploadImage,
  GlanceConnectionFailed,
  ImageBadRequest,
  ImageDeleteConflict,
  ImageNotAuthorized,
  ImageNotFound,
  ImageQuotaExceeded,
} from '../exception/index.js'
import {
  type Caller,
  NoCredentials,
  NoEndpoint,
  ServiceClient,
  type ServiceClientOptions,
  ServiceFault,
  ServiceUnreachable,
  type TlsOptions,
} from '../util/service-client.js'
import type { ImageApi, ImageDict, ImageListOptions, NewImage } from './api.js'
import { imageFromV2, imageToV2 } from './translate.js'

/** The part of `[glance]` that is read here. */
export interface GlanceConf extends TlsOptions {
  readonly api_servers?: readonly string[] | null
  readonly endpoint_override?: string | null
  readonly region_name?: string | null
  readonly valid_interfaces?: readonly string[]
  readonly num_retries?: number
  /** seconds */
  readonly timeout?: number | null
}

type Options = Omit<ServiceClientOptions, 'type' | 'endpoints' | 'region' | 'interfaces'>

/** Pages of a whole list, of {@link PAGE} each: more than this is a service gone mad. */
const MAX_PAGES = 1000
const PAGE = 100

/** Glance's v2 API behind nova's {@link ImageApi}. */
export class GlanceImageApi implements ImageApi {
  readonly #client: ServiceClient

  constructor(conf: GlanceConf, options: Options = {}) {
    const override = conf.endpoint_override ? [conf.endpoint_override] : undefined
    this.#client = new ServiceClient({
      ...options,
      type: 'image',
      endpoints: conf.api_servers?.length ? conf.api_servers : override,
      interfaces: conf.valid_interfaces,
      region: conf.region_name,
      tls: conf,
      retries: conf.num_retries,
      ...(conf.timeout ? { timeoutMs: conf.timeout * 1000 } : {}),
    })
  }

  async get(context: RequestContext, id: string): Promise<ImageDict> {
    return imageFromV2(await this.#json(context, id, 'GET', pathOf(id)))
  }

  async list(context: RequestContext, options: ImageListOptions = {}): Promise<ImageDict[]> {
    const images: ImageDict[] = []
    const query = {
      ...options.filters,
      sort_key: options.sortKey,
      sort_dir: options.sortDir,
      marker: options.marker,
      limit: options.limit ?? PAGE,
    }
    let path: string | undefined = '/v2/images'
    for (let page = 0; path && page < MAX_PAGES; page++) {
      const body = await this.#json(
        context,
        options.marker ?? '',
        'GET',
        path,
        page ? {} : { query },
      )
      const list = Array.isArray(body.images) ? body.images : []
      images.push(...list.map(image => imageFromV2(recordOf(image))))
      path = typeof body.next === 'string' && options.limit === undefined ? body.next : undefined
    }
    return options.limit === undefined ? images : images.slice(0, options.limit)
  }

  async create(context: RequestContext, image: NewImage, data?: Readable): Promise<ImageDict> {
    const made = await this.#json(context, image.id ?? image.name, 'POST', '/v2/images', {
      json: imageToV2(image),
    })
    const created = imageFromV2(made)
    if (image.sharedWith !== undefined) {
      await this.#json(context, created.id, 'POST', `${pathOf(created.id)}/members`, {
        json: { member: image.sharedWith },
      })
    }
    if (!data) return created
    await this.upload(context, created.id, data)
    return this.get(context, created.id)
  }

  async update(
    context: RequestContext,
    id: string,
    image: Partial<NewImage>,
    options: { readonly purgeProps?: boolean } = {},
  ): Promise<ImageDict> {
    const { id: _id, ...values } = imageToV2(image)
    const patch: Record<string, unknown>[] = Object.entries(values).map(([name, value]) => ({
      op: 'add',
      path: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      value,
    }))
    if (options.purgeProps) {
      const old = await this.get(context, id)
      for (const name of Object.keys(old.properties)) {
        if (!(name in values)) patch.push({ op: 'remove', path: `/${name}` })
      }
    }
    return imageFromV2(
      await this.#json(context, id, 'PATCH', pathOf(id), {
        json: patch,
        contentType: 'application/openstack-images-v2.1-json-patch',
      }),
    )
  }

  async upload(context: RequestContext, id: string, data: Readable): Promise<void> {
    try {
      await this.#json(context, id, 'PUT', `${pathOf(id)}/file`, {
        stream: data,
        contentType: 'application/octet-stream',
      })
    } catch (error) {
      if (error instanceof ImageBadRequest) {
        throw new CouldNotUploadImage({ image_id: id })
      }
      throw error
    }
  }

  async download(context: RequestContext, id: string): Promise<Readable> {
    try {
      return await this.#client.stream(callerOf(context), `${pathOf(id)}/file`)
    } catch (error) {
      throw translated(error, id)
    }
  }

  async delete(context: RequestContext, id: string): Promise<void> {
    await this.#json(context, id, 'DELETE', pathOf(id))
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  async #json(
    context: RequestContext,
    id: string,
    method: string,
    path: string,
    options: Parameters<ServiceClient['json']>[3] = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    try {
      return recordOf(await this.#client.json(callerOf(context), method, path, options))
    } catch (error) {
      throw translated(error, id)
    }
  }
}

const pathOf = (id: string): string => `/v2/images/${encodeURIComponent(id)}`

const callerOf = (context: RequestContext): Caller => context

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}

/** nova's table of Glance's errors (nova.image.glance._translate_image_exception). */
const translated = (error: unknown, id: string): unknown => {
  if (error instanceof ServiceUnreachable) {
    return new GlanceConnectionFailed({ server: error.endpoint, reason: error.message })
  }
  if (error instanceof NoEndpoint) {
    return new GlanceConnectionFailed({ server: 'unknown', reason: error.message })
  }
  if (error instanceof NoCredentials) return new ImageNotAuthorized({ image_id: id })
  if (!(error instanceof ServiceFault)) return error
  switch (error.status) {
    case 400:
      return new ImageBadRequest({ image_id: id, response: textOf(error.body) })
    case 401:
    case 403:
      return new ImageNotAuthorized({ image_id: id })
    case 404:
      return new ImageNotFound({ image_id: id })
    case 409:
      return new ImageDeleteConflict({ reason: textOf(error.body) })
    case 413:
      return new ImageQuotaExceeded({ image_id: id })
    default:
      return new GlanceConnectionFailed({ server: 'glance', reason: `answered ${error.status}` })
  }
}

const textOf = (body: unknown): string => {
  const message = recordOf(body).message
  if (typeof message === 'string') return message
  return typeof body === 'string' ? body : ''
}
