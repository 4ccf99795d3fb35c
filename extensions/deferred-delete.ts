import { asForbidden, translating } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import { bare } from '../controllers/servers/schemas.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import { action, body, expectedErrors, response } from '../lib/wsgi/index.js'

const quotaFaults = translating({ 403: asForbidden })

/** The actions `restore` and `forceDelete` of POST /servers/{id}/action. */
export class DeferredDeleteController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @action('restore')
  @body(bare('restore'))
  @response(202)
  @expectedErrors(403, 404, 409)
  async restore(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-deferred-delete:restore', instance)
    await quotaFaults(() => this.#compute.restore(instance))
  }

  @action('forceDelete')
  @body(bare('forceDelete'))
  @response(202)
  @expectedErrors(404, 409)
  async forceDelete(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-deferred-delete:force', instance)
    await this.#compute.forceDelete(req.context, instance)
  }
}

export const extension = {
  alias: 'os-deferred-delete',
  name: 'DeferredDelete',
  description: 'Instance deferred delete.',
  controllerExtensions: { servers: DeferredDeleteController },
}
