import type { ComputeApi } from '../lib/compute/api.js'
import { VmState } from '../lib/compute/states.js'
import { InstanceInvalidState } from '../lib/exception/index.js'
import { type Instance, Tag, TagList } from '../lib/objects/index.js'
import type { Runtime } from '../lib/runtime/index.js'
import {
  apiVersion,
  body,
  errors,
  expectedErrors,
  object,
  query,
  ResponseObject,
  response,
  types,
} from '../lib/wsgi/index.js'
import type { Req } from './req.js'
import { linkBase } from './resource-links.js'
import type { ApiServices } from './services.js'

/** Tags of one server. */
const MAX_TAGS = 50

const tags = object(
  { tags: { type: 'array', items: types.tag, maxItems: MAX_TAGS } },
  { required: ['tags'] },
)
const anyQuery = { type: 'object' }

const changeable: readonly (string | null)[] = [
  VmState.active,
  VmState.paused,
  VmState.suspended,
  VmState.stopped,
]

/** /servers/{server_id}/tags, from 2.26 on. */
export class ServerTagsController {
  readonly #runtime: Runtime
  readonly #compute: ComputeApi

  constructor({ runtime, compute }: ApiServices) {
    this.#runtime = runtime
    this.#compute = compute
  }

  @apiVersion('2.26')
  @query(anyQuery)
  @expectedErrors(404)
  async index(req: Req): Promise<object> {
    return { tags: namesOf(await this.#server(req, 'index')) }
  }

  @apiVersion('2.26')
  @query(anyQuery)
  @response(204)
  @expectedErrors(404)
  async show(req: Req): Promise<void> {
    const instance = await this.#server(req, 'show')
    const { id } = req.params
    if (!namesOf(instance).includes(id)) {
      throw errors.notFound(`Server ${instance.uuid} has no tag '${id}'`)
    }
  }

  @apiVersion('2.26')
  @body({ type: 'null' })
  @response(201)
  @expectedErrors(400, 404, 409)
  async update(req: Req): Promise<ResponseObject<null>> {
    const { id } = req.params
    const instance = await this.#server(req, 'update', 'update tag')
    if (id === '' || [...id].length > 60 || /[,/]/.test(id)) {
      throw errors.badRequest(
        `Tag '${id}' is invalid: it must have 1 to 60 characters, no '/' and no ','`,
      )
    }
    const known = namesOf(instance)
    if (known.includes(id)) return new ResponseObject(null, { code: 204 })
    if (known.length >= MAX_TAGS) {
      throw errors.badRequest(`The number of tags exceeded the per-server limit ${MAX_TAGS}`)
    }
    await new Tag(instance.context, { resourceId: instance.uuid, tag: id }).create()
    const { versioned } = linkBase(req, this.#runtime.conf.api.compute_link_prefix)
    const location = `${versioned}/servers/${instance.uuid}/tags/${encodeURIComponent(id)}`
    return new ResponseObject(null, { headers: { location } })
  }

  @apiVersion('2.26')
  @body(tags)
  @expectedErrors(404, 409)
  async updateAll(req: Req<{ readonly tags: readonly string[] }>): Promise<object> {
    const instance = await this.#server(req, 'update_all', 'update tags')
    const wanted = [...new Set(req.body.tags)]
    const { objects } = await TagList.create(
      instance.requireContext('update_all'),
      instance.uuid,
      wanted,
    )
    return { tags: objects.map(({ tag }) => tag) }
  }

  @apiVersion('2.26')
  @response(204)
  @expectedErrors(404, 409)
  async delete(req: Req): Promise<void> {
    const instance = await this.#server(req, 'delete', 'delete tag')
    await Tag.destroy(instance.requireContext('delete'), instance.uuid, req.params.id)
  }

  @apiVersion('2.26')
  @response(204)
  @expectedErrors(404, 409)
  async deleteAll(req: Req): Promise<void> {
    const instance = await this.#server(req, 'delete_all', 'delete tags')
    await TagList.destroy(instance.requireContext('delete_all'), instance.uuid)
  }

  /** @param change  what is about to be done: only some states allow it */
  async #server(req: Req<unknown>, rule: string, change?: string): Promise<Instance> {
    const instance = await this.#compute.get(req.context, req.params.server_id ?? '', ['tags'])
    req.context.can(`os_compute_api:os-server-tags:${rule}`, instance)
    if (change !== undefined && !changeable.includes(instance.vmState)) {
      throw new InstanceInvalidState({
        instance_uuid: instance.uuid,
        attr: 'vm_state',
        state: instance.vmState,
        method: change,
        code: 409,
      })
    }
    return instance
  }
}

const namesOf = (instance: Instance): string[] =>
  instance.get('tags')?.objects.map(({ tag }) => tag) ?? []
