import { translating } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import type { Instance, ShareMapping } from '../lib/objects/index.js'
import {
  apiVersion,
  body,
  expectedErrors,
  object,
  query,
  querySchema,
  response,
  schema,
  types,
  view,
  when,
} from '../lib/wsgi/index.js'

interface CreateBody {
  readonly share: { readonly share_id: string; readonly tag?: string }
}

const createBody = schema(
  object(
    {
      share: object(
        {
          share_id: types.uuid,
          tag: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[a-zA-Z0-9-]*$' },
        },
        { required: ['share_id'] },
      ),
    },
    { required: ['share'] },
  ),
)

const noQuery = querySchema({}, { closedSince: '2.97' })

interface ViewContext {
  readonly isAdmin: boolean
}

const forAdmins = when<ViewContext>(({ isAdmin }) => isAdmin)

const basic = {
  share_id: (mapping: ShareMapping) => mapping.shareId,
  status: (mapping: ShareMapping) => mapping.status,
  tag: (mapping: ShareMapping) => mapping.tag,
}

const listView = view<ShareMapping>(basic)

const shareView = view<ShareMapping, ViewContext>({
  ...basic,
  export_location: [mapping => mapping.exportLocation, forAdmins],
  uuid: [mapping => mapping.uuid, forAdmins],
})

const attaching = translating({
  409: [
    'ShareStatusIncorect',
    'ShareMissingExportLocation',
    'ShareProtocolNotSupported',
    'ShareMappingAlreadyExists',
  ],
})

/** /servers/{server_id}/shares, from 2.97 on: `{id}` is the share's. */
export class ServerSharesController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @apiVersion('2.97')
  @query(noQuery)
  @expectedErrors(400, 403, 404)
  async index(req: Req): Promise<object> {
    const instance = await this.#server(req, 'index')
    const all = await this.#compute.shares.list(instance)
    return { shares: all.map(listView.bind(req.version, null)) }
  }

  @apiVersion('2.97')
  @query(noQuery)
  @expectedErrors(400, 403, 404)
  async show(req: Req): Promise<object> {
    const instance = await this.#server(req, 'show')
    return shown(req, await this.#compute.shares.find(instance, req.params.id))
  }

  @apiVersion('2.97')
  @body(createBody)
  @response(201)
  @expectedErrors(400, 403, 404, 409)
  async create(req: Req<CreateBody>): Promise<object> {
    const instance = await this.#server(req, 'create')
    const { share_id, tag = null } = req.body.share
    const mapping = await attaching(() => this.#compute.shares.attach(instance, share_id, tag))
    return shown(req, mapping)
  }

  @apiVersion('2.97')
  @response(200)
  @expectedErrors(400, 403, 404, 409)
  async delete(req: Req): Promise<void> {
    const instance = await this.#server(req, 'delete')
    await this.#compute.shares.detach(instance, req.params.id)
  }

  async #server(req: Req<unknown>, name: string): Promise<Instance> {
    const instance = await this.#compute.get(req.context, req.params.server_id ?? '')
    req.context.can(`os_compute_api:os-server-shares:${name}`, instance)
    return instance
  }
}

const shown = ({ version, context }: Req<unknown>, mapping: ShareMapping): object => ({
  share: shareView.at(version)(mapping, { isAdmin: context.isAdmin }),
})

export const extension = {
  alias: 'server-shares',
  name: 'ServerShares',
  description: 'Shares of servers: attached and detached while a server is off.',
  // nova's list has no alias for it
  listed: false,
  resources: [
    {
      collection: 'shares',
      memberName: 'share',
      controller: ServerSharesController,
      parent: { memberName: 'server', collectionName: 'servers' },
    },
  ],
}
