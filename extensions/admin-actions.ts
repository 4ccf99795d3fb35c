import type { Req } from '../controllers/req.js'
import { bare } from '../controllers/servers/schemas.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import { action, body, expectedErrors, object, response } from '../lib/wsgi/index.js'

interface ResetStateBody {
  readonly 'os-resetState': { readonly state: 'active' | 'error' }
}

const resetState = object(
  {
    'os-resetState': object(
      { state: { type: 'string', enum: ['active', 'error'] } },
      { required: ['state'] },
    ),
  },
  { required: ['os-resetState'] },
)

/** The actions `os-resetState` and `injectNetworkInfo` of POST /servers/{id}/action. */
export class AdminActionsController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @action('os-resetState')
  @body(resetState)
  @response(202)
  @expectedErrors(404)
  async resetState(req: Req<ResetStateBody>): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-admin-actions:reset_state', instance)
    await this.#compute.resetState(instance, req.body['os-resetState'].state)
  }

  @action('injectNetworkInfo')
  @body(bare('injectNetworkInfo'))
  @response(202)
  @expectedErrors(404, 409)
  async injectNetworkInfo(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-admin-actions:inject_network_info', instance)
    await this.#compute.injectNetworkInfo(instance)
  }
}

export const extension = {
  alias: 'os-admin-actions',
  name: 'AdminActions',
  description: 'Enable admin-only server actions',
  controllerExtensions: { servers: AdminActionsController },
}
