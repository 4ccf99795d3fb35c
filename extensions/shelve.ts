import { translating } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import { bare } from '../controllers/servers/schemas.js'
import type { ApiServices } from '../controllers/services.js'
import type { UnshelveRequest } from '../lib/compute/actions/unshelve.js'
import type { ComputeApi } from '../lib/compute/api.js'
import {
  action,
  behavioursOf,
  body,
  expectedErrors,
  object,
  response,
  since,
  types,
} from '../lib/wsgi/index.js'

interface UnshelveBody {
  readonly unshelve: { readonly availability_zone?: string | null; readonly host?: string } | null
}

const unshelveToZone = object(
  {
    unshelve: object(
      { availability_zone: types.name },
      { nullable: true, required: ['availability_zone'] },
    ),
  },
  { required: ['unshelve'] },
)

const unshelveToHost = object(
  {
    unshelve: object(
      { availability_zone: { type: ['string', 'null'] }, host: { type: 'string' } },
      { nullable: true },
    ),
  },
  { required: ['unshelve'] },
)

const behaviours = behavioursOf({
  /** Before, anything may stand under `unshelve`, and means nothing. */
  directs: since('2.77'),
})

const faults = translating({ 400: ['ComputeHostNotFound'] })

/** The actions `shelve`, `shelveOffload` and `unshelve` of POST /servers/{id}/action. */
export class ShelveController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @action('shelve')
  @body(bare('shelve'))
  @response(202)
  @expectedErrors(400, 403, 404, 409)
  async shelve(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-shelve:shelve', instance)
    await this.#compute.shelve(instance)
  }

  @action('shelveOffload')
  @body(bare('shelveOffload'))
  @response(202)
  @expectedErrors(400, 404, 409)
  async shelveOffload(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-shelve:shelve_offload', instance)
    await this.#compute.shelveOffload(instance)
  }

  @action('unshelve')
  @body(bare('unshelve'), '2.1', '2.76')
  @body(unshelveToZone, '2.77', '2.90')
  @body(unshelveToHost, '2.91')
  @response(202)
  @expectedErrors(400, 403, 404, 409)
  async unshelve(req: Req<UnshelveBody>): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-shelve:unshelve', instance)
    const wanted = behaviours.at(req.version).directs ? requestOf(req.body) : nowhere
    if (wanted.host !== null) req.context.can('os_compute_api:os-shelve:unshelve_to_host', instance)
    await faults(() => this.#compute.unshelve(instance, wanted))
  }
}

const nowhere: UnshelveRequest = { host: null }

const requestOf = ({ unshelve }: UnshelveBody): UnshelveRequest => ({
  host: unshelve?.host ?? null,
  ...(unshelve?.availability_zone === undefined ? {} : { zone: unshelve.availability_zone }),
})

export const extension = {
  alias: 'os-shelve',
  name: 'Shelve',
  description: 'Instance shelve mode.',
  controllerExtensions: { servers: ShelveController },
}
