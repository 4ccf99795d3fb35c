import type { ComputeApi } from '../../lib/compute/api.js'
import type { ImageDict } from '../../lib/image/api.js'
import type { Runtime } from '../../lib/runtime/index.js'
import {
  apiVersion,
  body,
  errors,
  expectedErrors,
  object,
  query,
  response,
  types,
} from '../../lib/wsgi/index.js'
import type { Req } from '../req.js'
import type { ApiServices } from '../services.js'
import { imageOf } from './index.js'

type Metadata = Readonly<Record<string, string>>

interface AllBody {
  readonly metadata: Metadata
}
interface OneBody {
  readonly meta: Metadata
}

const all = object({ metadata: types.metadata }, { required: ['metadata'] })
const one = object(
  { meta: { ...types.metadata, minProperties: 1, maxProperties: 1 } },
  { required: ['meta'] },
)
const anyQuery = { type: 'object' }

/** /images/{image_id}/metadata: the properties of an image, up to 2.38. */
export class ImageMetadataController {
  readonly #runtime: Runtime
  readonly #compute: ComputeApi

  constructor({ runtime, compute }: ApiServices) {
    this.#runtime = runtime
    this.#compute = compute
  }

  @apiVersion('2.1', '2.38')
  @query(anyQuery)
  @expectedErrors(403, 404)
  async index(req: Req): Promise<object> {
    return { metadata: (await this.#image(req)).properties }
  }

  @apiVersion('2.1', '2.38')
  @query(anyQuery)
  @expectedErrors(403, 404)
  async show(req: Req): Promise<object> {
    const { properties } = await this.#image(req)
    const { id } = req.params
    if (!Object.hasOwn(properties, id)) throw errors.notFound('Metadata item was not found')
    return { meta: { [id]: properties[id] } }
  }

  @apiVersion('2.1', '2.38')
  @body(all)
  @expectedErrors(400, 403, 404)
  async create(req: Req<AllBody>): Promise<object> {
    const image = await this.#image(req)
    return this.#set(req, image, { ...image.properties, ...req.body.metadata }, false)
  }

  @apiVersion('2.1', '2.38')
  @body(all)
  @expectedErrors(400, 403, 404)
  async updateAll(req: Req<AllBody>): Promise<object> {
    return this.#set(req, await this.#image(req), req.body.metadata, true)
  }

  @apiVersion('2.1', '2.38')
  @body(one)
  @expectedErrors(400, 403, 404)
  async update(req: Req<OneBody>): Promise<object> {
    const { meta } = req.body
    if (!Object.hasOwn(meta, req.params.id)) {
      throw errors.badRequest('Request body and URI mismatch')
    }
    const image = await this.#image(req)
    await this.#set(req, image, { ...image.properties, ...meta }, true)
    return { meta }
  }

  @apiVersion('2.1', '2.38')
  @response(204)
  @expectedErrors(403, 404)
  async delete(req: Req): Promise<void> {
    const { properties, id } = await this.#image(req)
    if (!Object.hasOwn(properties, req.params.id)) throw errors.notFound('Invalid metadata key')
    const { [req.params.id]: _, ...rest } = properties
    await this.#runtime.images.update(req.context, id, { properties: rest }, { purgeProps: true })
  }

  #image(req: Req<unknown>): Promise<ImageDict> {
    return imageOf(this.#runtime, req.context, req.params.image_id ?? '')
  }

  async #set(
    req: Req<unknown>,
    { id }: ImageDict,
    properties: Readonly<Record<string, unknown>>,
    purgeProps: boolean,
  ): Promise<object> {
    await this.#compute.quota.checkMetadata(req.context, Object.keys(properties).length)
    const image = await this.#runtime.images.update(req.context, id, { properties }, { purgeProps })
    return { metadata: image.properties }
  }
}
