import type { Req } from '../controllers/req.js'
import { bare } from '../controllers/servers/schemas.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import { action, body, expectedErrors, response } from '../lib/wsgi/index.js'

/** The actions `pause` and `unpause` of POST /servers/{id}/action. */
export class PauseServerController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @action('pause')
  @body(bare('pause'))
  @response(202)
  @expectedErrors(404, 409, 501)
  async pause(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-pause-server:pause', instance)
    await this.#compute.pause(instance)
  }

  @action('unpause')
  @body(bare('unpause'))
  @response(202)
  @expectedErrors(404, 409, 501)
  async unpause(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-pause-server:unpause', instance)
    await this.#compute.unpause(instance)
  }
}

export const extension = {
  alias: 'os-pause-server',
  name: 'PauseServer',
  description: 'Pauses servers and lets them run on.',
  controllerExtensions: { servers: PauseServerController },
}
