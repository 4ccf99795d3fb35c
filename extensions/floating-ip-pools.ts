import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { Runtime } from '../lib/runtime/index.js'
import { apiVersion, expectedErrors, query, querySchema } from '../lib/wsgi/index.js'

/** /os-floating-ip-pools, up to 2.35: the networks that floating addresses come from. */
export class FloatingIpPoolsController {
  readonly #runtime: Runtime

  constructor({ runtime }: ApiServices) {
    this.#runtime = runtime
  }

  @apiVersion('2.1', '2.35')
  @query(querySchema({}))
  @expectedErrors()
  async index(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-floating-ip-pools')
    const pools = await this.#runtime.network.floatingIps.pools(req.context)
    return { floating_ip_pools: pools.map(({ name }) => ({ name })) }
  }
}

export const extension = {
  alias: 'os-floating-ip-pools',
  name: 'FloatingIpPools',
  description: 'Tells where floating addresses come from.',
  resources: [{ collection: 'os-floating-ip-pools', controller: FloatingIpPoolsController }],
}
