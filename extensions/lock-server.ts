import type { Req } from '../controllers/req.js'
import { bare } from '../controllers/servers/schemas.js'
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
} from '../lib/wsgi/index.js'

interface LockBody {
  readonly lock: { readonly locked_reason?: string } | null
}

const lockWithReason = object(
  {
    lock: object(
      { locked_reason: { type: 'string', minLength: 1, maxLength: 255 } },
      { nullable: true },
    ),
  },
  { required: ['lock'] },
)

const behaviours = behavioursOf({
  /** Before, anything may stand under `lock`, and means nothing. */
  reasons: since('2.73'),
})

/** The actions `lock` and `unlock` of POST /servers/{id}/action. */
export class LockServerController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @action('lock')
  @body(bare('lock'), '2.1', '2.72')
  @body(lockWithReason, '2.73')
  @response(202)
  @expectedErrors(404)
  async lock(req: Req<LockBody>): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-lock-server:lock', instance)
    const { reasons } = behaviours.at(req.version)
    await this.#compute.lock(
      req.context,
      instance,
      (reasons ? req.body.lock?.locked_reason : null) ?? null,
    )
  }

  @action('unlock')
  @body(bare('unlock'), '2.1', '2.72')
  @body({}, '2.73')
  @response(202)
  @expectedErrors(404)
  async unlock(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-lock-server:unlock', instance)
    if (this.#compute.isLockedByOther(req.context, instance)) {
      req.context.can('os_compute_api:os-lock-server:unlock:unlock_override', instance)
    }
    await this.#compute.unlock(instance)
  }
}

export const extension = {
  alias: 'os-lock-server',
  name: 'LockServer',
  description: 'Keeps all but administrators from acting on a server.',
  controllerExtensions: { servers: LockServerController },
}
