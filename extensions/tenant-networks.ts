import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { NetworkRef } from '../lib/network/api.js'
import type { Runtime } from '../lib/runtime/index.js'
import { apiVersion, expectedErrors, query } from '../lib/wsgi/index.js'
import { networkOf } from './networks.js'

const anyQuery = { type: 'object' }

/** The range is told as the word that nova tells since networks may have several. */
const documentOf = ({ id, name }: NetworkRef): object => ({ id, cidr: 'None', label: name })

/** /os-tenant-networks, up to 2.35: the networks that the caller sees. */
export class TenantNetworkController {
  readonly #runtime: Runtime

  constructor({ runtime }: ApiServices) {
    this.#runtime = runtime
  }

  @apiVersion('2.1', '2.35')
  @query(anyQuery)
  @expectedErrors()
  async index(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-tenant-networks:list')
    return { networks: (await this.#runtime.network.listNetworks(req.context)).map(documentOf) }
  }

  @apiVersion('2.1', '2.35')
  @query(anyQuery)
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-tenant-networks:show')
    return { network: documentOf(await networkOf(this.#runtime.network, req)) }
  }
}

export const extension = {
  alias: 'os-tenant-networks',
  name: 'OSTenantNetworks',
  description: 'Tells the networks that servers of the project may be put into.',
  resources: [{ collection: 'os-tenant-networks', controller: TenantNetworkController }],
}
