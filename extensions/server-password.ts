import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import { passwordOf } from '../lib/compute/password.js'
import type { Instance } from '../lib/objects/index.js'
import { expectedErrors, query, querySchema, response } from '../lib/wsgi/index.js'

/** /servers/{server_id}/os-server-password: the password that a guest told, encrypted by its key. */
export class ServerPasswordController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @query(querySchema({}))
  @expectedErrors(404)
  async index(req: Req): Promise<object> {
    const { systemMetadata } = await this.#server(req, 'show')
    return { password: passwordOf(systemMetadata) }
  }

  /** Forgets it here; the guest's stays what it is. */
  @response(204)
  @expectedErrors(404)
  async clear(req: Req): Promise<void> {
    await this.#compute.clearPassword(await this.#server(req, 'clear'))
  }

  async #server(req: Req, name: string): Promise<Instance> {
    const instance = await this.#compute.get(req.context, req.params.server_id ?? '')
    req.context.can(`os_compute_api:os-server-password:${name}`, instance)
    return instance
  }
}

export const extension = {
  alias: 'os-server-password',
  name: 'ServerPassword',
  description: 'Server password support.',
  resources: [
    {
      collection: 'os-server-password',
      controller: ServerPasswordController,
      parent: { memberName: 'server', collectionName: 'servers' },
      routes: [['DELETE', '/servers/:server_id/os-server-password', 'clear']],
    },
  ],
}
