import type { ComputeApi } from '../lib/compute/api.js'
import type { Instance } from '../lib/objects/index.js'
import {
  body,
  errors,
  expectedErrors,
  object,
  query,
  querySchema,
  response,
  types,
} from '../lib/wsgi/index.js'
import type { Req } from './req.js'
import type { ApiServices } from './services.js'

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
const noQuery = querySchema({})

/** /servers/{server_id}/metadata */
export class ServerMetadataController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @query(noQuery)
  @expectedErrors(404)
  async index(req: Req): Promise<object> {
    const { metadata } = await this.#server(req, 'index')
    return { metadata }
  }

  @query(noQuery)
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    const { metadata } = await this.#server(req, 'show')
    const { id } = req.params
    return { meta: { [id]: itemOf(metadata, id) } }
  }

  @body(all)
  @expectedErrors(403, 404, 409)
  async create(req: Req<AllBody>): Promise<object> {
    const instance = await this.#server(req, 'create')
    return this.#replace(req, instance, { ...instance.metadata, ...req.body.metadata })
  }

  @body(all)
  @expectedErrors(403, 404, 409)
  async updateAll(req: Req<AllBody>): Promise<object> {
    const instance = await this.#server(req, 'update_all')
    return this.#replace(req, instance, req.body.metadata)
  }

  @body(one)
  @expectedErrors(400, 403, 404, 409)
  async update(req: Req<OneBody>): Promise<object> {
    const instance = await this.#server(req, 'update')
    const { meta } = req.body
    if (!Object.hasOwn(meta, req.params.id)) {
      throw errors.badRequest('Request body and URI mismatch')
    }
    await this.#replace(req, instance, { ...instance.metadata, ...meta })
    return { meta }
  }

  @response(204)
  @expectedErrors(404, 409)
  async delete(req: Req): Promise<void> {
    const instance = await this.#server(req, 'delete')
    itemOf(instance.metadata, req.params.id)
    const { [req.params.id]: _, ...rest } = instance.metadata
    await this.#compute.replaceMetadata(req.context, instance, rest, 'delete metadata')
  }

  async #server(req: Req<unknown>, what: string): Promise<Instance> {
    const instance = await this.#compute.get(req.context, req.params.server_id ?? '')
    req.context.can(`os_compute_api:server-metadata:${what}`, instance)
    return instance
  }

  async #replace(req: Req<unknown>, instance: Instance, metadata: Metadata): Promise<object> {
    await this.#compute.replaceMetadata(req.context, instance, metadata)
    return { metadata }
  }
}

const itemOf = (metadata: Metadata, key: string): string => {
  const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined
  if (value === undefined) throw errors.notFound('Metadata item was not found')
  return value
}
