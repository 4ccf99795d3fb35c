import type { ComputeApi } from '../lib/compute/api.js'
import { addressesByLabel, networkInfoFromJson } from '../lib/network/model.js'
import { errors, expectedErrors, query, querySchema } from '../lib/wsgi/index.js'
import type { Req } from './req.js'
import type { ApiServices } from './services.js'

/** GET /servers/{id}/ips: addresses by network, without the keys of extensions. */
export class IpsController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @query(querySchema({}))
  @expectedErrors(404)
  async index(req: Req): Promise<object> {
    const addresses = await this.#addresses(req, 'index')
    return { addresses: Object.fromEntries(addresses) }
  }

  @query(querySchema({}))
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    const addresses = await this.#addresses(req, 'show')
    const found = addresses.get(req.params.id)
    if (!found) throw errors.notFound('Instance is not a member of specified network')
    return { [req.params.id]: found }
  }

  async #addresses(req: Req, rule: string): Promise<Map<string, object[]>> {
    const instance = await this.#compute.get(req.context, req.params.server_id ?? '', [
      'info_cache',
    ])
    req.context.can(`os_compute_api:ips:${rule}`, instance)
    const info = networkInfoFromJson(instance.infoCache?.get('networkInfo'))
    return new Map(
      [...addressesByLabel(info)].map(([label, addresses]) => [
        label,
        addresses.map(({ version, addr }) => ({ version, addr })),
      ]),
    )
  }
}
