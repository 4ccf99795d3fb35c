import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import {
  action,
  apiVersion,
  body,
  expectedErrors,
  object,
  response,
  types,
} from '../lib/wsgi/index.js'

interface AddBody {
  readonly addFixedIp: { readonly networkId: string | number }
}

interface RemoveBody {
  readonly removeFixedIp: { readonly address: string }
}

const addFixedIp = object(
  {
    addFixedIp: object(
      { networkId: { type: ['string', 'number'], minLength: 1, maxLength: 36 } },
      { required: ['networkId'] },
    ),
  },
  { required: ['addFixedIp'] },
)

const removeFixedIp = object(
  { removeFixedIp: object({ address: types.ip }, { required: ['address'] }) },
  { required: ['removeFixedIp'] },
)

/** The actions `addFixedIp` and `removeFixedIp` of POST /servers/{id}/action, up to 2.43. */
export class MultinicController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @action('addFixedIp')
  @apiVersion('2.1', '2.43')
  @body(addFixedIp)
  @response(202)
  @expectedErrors(400, 404, 409)
  async add(req: Req<AddBody>): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-multinic:add', instance)
    await this.#compute.addFixedIp(instance, String(req.body.addFixedIp.networkId))
  }

  @action('removeFixedIp')
  @apiVersion('2.1', '2.43')
  @body(removeFixedIp)
  @response(202)
  @expectedErrors(400, 404, 409)
  async remove(req: Req<RemoveBody>): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-multinic:remove', instance)
    await this.#compute.removeFixedIp(instance, req.body.removeFixedIp.address)
  }
}

export const extension = {
  alias: 'NMN',
  name: 'Multinic',
  description: 'More addresses for servers, and fewer.',
  controllerExtensions: { servers: MultinicController },
}
