import { orNotImplemented, translating } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import { action, body, expectedErrors, object, response } from '../lib/wsgi/index.js'

interface ChangePasswordBody {
  readonly changePassword: { readonly adminPass: string }
}

const schema = object(
  { changePassword: object({ adminPass: { type: 'string' } }, { required: ['adminPass'] }) },
  { required: ['changePassword'] },
)

const faults = translating({
  409: ['InstancePasswordSetFailed', 'SetAdminPasswdNotSupported', 'InstanceAgentNotEnabled'],
})

/** The action `changePassword` of POST /servers/{id}/action. */
export class AdminPasswordController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @action('changePassword')
  @body(schema)
  @response(202)
  @expectedErrors(404, 409, 501)
  async changePassword(req: Req<ChangePasswordBody>): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-admin-password', instance)
    const { adminPass } = req.body.changePassword
    await orNotImplemented(() => faults(() => this.#compute.changePassword(instance, adminPass)))
  }
}

export const extension = {
  alias: 'os-admin-password',
  name: 'AdminPassword',
  description: 'Admin password management support.',
  controllerExtensions: { servers: AdminPasswordController },
}
