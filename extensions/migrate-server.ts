import { asForbidden, translating } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
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

interface MigrateBody {
  readonly migrate: { readonly host?: string | null } | null
}

const hostOrNull = { ...types.hostname, type: ['string', 'null'] }

const migrateSchema = object(
  { migrate: object({ host: hostOrNull }, { nullable: true }) },
  { required: ['migrate'] },
)

const behaviours = behavioursOf({
  /** Before, anything may stand under `migrate`, and means nothing. */
  toHost: since('2.56'),
})

const migrateFaults = translating({
  400: ['ComputeHostNotFound', 'CannotMigrateToSameHost', 'NoValidHost'],
  403: asForbidden,
  409: ['InstanceInvalidState', 'InstanceNotReady', 'ServiceUnavailable'],
})

const rule = (name: string): string => `os_compute_api:os-migrate-server:${name}`

/** The action `migrate` of POST /servers/{id}/action. */
export class MigrateServerController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @action('migrate')
  @body({}, '2.1', '2.55')
  @body(migrateSchema, '2.56')
  @response(202)
  @expectedErrors(400, 403, 404, 409)
  async migrate(req: Req<MigrateBody>): Promise<void> {
    const { context } = req
    const { toHost } = behaviours.at(req.version)
    const host = (toHost && req.body.migrate?.host) || null
    const instance = await this.#compute.get(context, req.params.id)
    context.can(rule(host === null ? 'migrate' : 'migrate:host'), instance)
    await migrateFaults(() => this.#compute.migrate(instance, host))
  }
}

export const extension = {
  alias: 'os-migrate-server',
  name: 'MigrateServer',
  description: 'Enable migrate and live-migrate server actions.',
  controllerExtensions: { servers: MigrateServerController },
}
