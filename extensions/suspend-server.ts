import type { Req } from '../controllers/req.js'
import { bare } from '../controllers/servers/schemas.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import { action, body, expectedErrors, response } from '../lib/wsgi/index.js'

/** The actions `suspend` and `resume` of POST /servers/{id}/action. */
export class SuspendServerController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @action('suspend')
  @body(bare('suspend'))
  @response(202)
  @expectedErrors(400, 403, 404, 409)
  async suspend(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-suspend-server:suspend', instance)
    await this.#compute.suspend(instance)
  }

  @action('resume')
  @body(bare('resume'))
  @response(202)
  @expectedErrors(404, 409)
  async resume(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-suspend-server:resume', instance)
    await this.#compute.resume(instance)
  }
}

export const extension = {
  alias: 'os-suspend-server',
  name: 'SuspendServer',
  description: 'Suspends servers to disk and resumes them.',
  controllerExtensions: { servers: SuspendServerController },
}
