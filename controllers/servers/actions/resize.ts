import type { ComputeApi } from '../../../lib/compute/api.js'
import { action, body, expectedErrors, response } from '../../../lib/wsgi/index.js'
import { asBadRequest, asForbidden, translating } from '../../faults.js'
import type { Req } from '../../req.js'
import type { ApiServices } from '../../services.js'
import { type ResizeBody, resizeRequestOf } from '../resize-body.js'
import * as schemas from '../schemas.js'

const resizeFaults = translating({
  400: [
    ...asBadRequest,
    'CannotResizeDisk',
    'CannotResizeToSameFlavor',
    'AutoDiskConfigDisabledByImage',
  ],
  403: asForbidden,
  404: ['InstanceNotFound'],
  409: ['InstanceInvalidState', 'InstanceNotReady', 'ServiceUnavailable'],
})

/** Of what is to be confirmed or reverted: a server that was not resized at all. */
const resizedFaults = translating({ 400: ['MigrationNotFound'] })

/** The actions `resize`, `confirmResize` and `revertResize` of POST /servers/{id}/action. */
export class ServerResizeController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @action('resize')
  @body(schemas.resize)
  @response(202)
  @expectedErrors(400, 401, 403, 404, 409)
  async resize(req: Req<ResizeBody>): Promise<void> {
    const { context } = req
    const instance = await this.#compute.get(context, req.params.id)
    context.can('os_compute_api:servers:resize', instance)
    await resizeFaults(() => this.#compute.resize(context, instance, resizeRequestOf(req.body)))
  }

  @action('confirmResize')
  @body(schemas.bare('confirmResize'))
  @response(204)
  @expectedErrors(400, 404, 409)
  async confirmResize(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:confirm_resize', instance)
    await resizedFaults(() => this.#compute.confirmResize(instance))
  }

  @action('revertResize')
  @body(schemas.bare('revertResize'))
  @response(202)
  @expectedErrors(400, 404, 409)
  async revertResize(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:revert_resize', instance)
    await resizedFaults(() => this.#compute.revertResize(instance))
  }
}
