import type { ComputeApi } from '../../../lib/compute/api.js'
import { action, apiVersion, body, expectedErrors, response } from '../../../lib/wsgi/index.js'
import type { Req } from '../../req.js'
import type { ApiServices } from '../../services.js'
import * as schemas from '../schemas.js'

interface RebootBody {
  readonly reboot: { readonly type: string }
}

/** The actions `reboot`, `os-start`, `os-stop` and `trigger_crash_dump` of POST /servers/{id}/action. */
export class ServerPowerController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @action('reboot')
  @body(schemas.reboot)
  @response(202)
  @expectedErrors(404, 409)
  async reboot(req: Req<RebootBody>): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:reboot', instance)
    const type = req.body.reboot.type.toUpperCase() === 'HARD' ? 'HARD' : 'SOFT'
    await this.#compute.reboot(instance, type)
  }

  @action('os-start')
  @body(schemas.bare('os-start'))
  @response(202)
  @expectedErrors(404, 409)
  async start(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:start', instance)
    await this.#compute.start(instance)
  }

  @action('os-stop')
  @body(schemas.bare('os-stop'))
  @response(202)
  @expectedErrors(404, 409)
  async stop(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:stop', instance)
    await this.#compute.stop(instance)
  }

  @action('trigger_crash_dump')
  @apiVersion('2.17')
  @body(schemas.crashDump)
  @response(202)
  @expectedErrors(400, 404, 409)
  async triggerCrashDump(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:trigger_crash_dump', instance)
    await this.#compute.triggerCrashDump(instance)
  }
}
