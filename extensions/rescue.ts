import { orNotImplemented } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import { bare } from '../controllers/servers/schemas.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import { generatePassword } from '../lib/compute/server-names.js'
import type { Runtime } from '../lib/runtime/index.js'
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

interface RescueBody {
  readonly rescue: { readonly adminPass?: string; readonly rescue_image_ref?: string } | null
}

const schema = object(
  {
    rescue: object(
      { adminPass: { type: 'string' }, rescue_image_ref: types.uuid },
      { nullable: true },
    ),
  },
  { required: ['rescue'] },
)

const behaviours = behavioursOf({
  /** Also servers whose root disk is a volume, where image and host can. */
  ofVolumes: since('2.87'),
})

/** The actions `rescue` and `unrescue` of POST /servers/{id}/action. */
export class RescueController {
  readonly #compute: ComputeApi
  readonly #runtime: Runtime

  constructor({ compute, runtime }: ApiServices) {
    this.#compute = compute
    this.#runtime = runtime
  }

  /** @returns `{"adminPass": text}`, empty without `[api] enable_instance_password` */
  @action('rescue')
  @body(schema)
  @expectedErrors(400, 404, 409, 501)
  async rescue(req: Req<RescueBody>): Promise<{ adminPass?: string }> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-rescue', instance)
    const { api, DEFAULT: conf } = this.#runtime.conf
    const password = req.body.rescue?.adminPass ?? generatePassword(conf.password_length)
    await orNotImplemented(() =>
      this.#compute.rescue(instance, {
        password,
        imageRef: req.body.rescue?.rescue_image_ref ?? null,
        allowVolumeBacked: behaviours.at(req.version).ofVolumes,
      }),
    )
    return api.enable_instance_password ? { adminPass: password } : {}
  }

  @action('unrescue')
  @body(bare('unrescue'))
  @response(202)
  @expectedErrors(404, 409, 501)
  async unrescue(req: Req): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-unrescue', instance)
    await this.#compute.unrescue(instance)
  }
}

export const extension = {
  alias: 'os-rescue',
  name: 'Rescue',
  description: 'Instance rescue mode.',
  controllerExtensions: { servers: RescueController },
}
