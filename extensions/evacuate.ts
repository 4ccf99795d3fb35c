import { translating } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { EvacuateRequest } from '../lib/compute/actions/evacuate.js'
import type { ComputeApi } from '../lib/compute/api.js'
import { generatePassword } from '../lib/compute/server-names.js'
import { HostMapping, type Instance } from '../lib/objects/index.js'
import type { Runtime } from '../lib/runtime/index.js'
import {
  action,
  apiVersion,
  behavioursOf,
  between,
  body,
  boolFromString,
  errors,
  expectedErrors,
  object,
  schema,
  since,
  types,
  until,
} from '../lib/wsgi/index.js'

interface EvacuateBody {
  readonly evacuate: {
    readonly host?: string
    readonly adminPass?: string
    readonly onSharedStorage?: boolean | string
    readonly force?: boolean | string
  }
}

const evacuateSchema = schema(
  object(
    {
      evacuate: object(
        {
          host: types.hostname,
          onSharedStorage: until('2.13', types.boolean),
          adminPass: types.string,
          force: between('2.29', '2.67', types.boolean),
        },
        { required: [until('2.13', 'onSharedStorage')] },
      ),
    },
    { required: ['evacuate'] },
  ),
)

const behaviours = behavioursOf({
  /** A host that is named is asked of the scheduler, unless it is forced. */
  verifies: since('2.29'),
  endsStopped: since('2.95'),
})

const faults = translating({
  400: ['ComputeServiceInUse'],
  404: ['ComputeHostNotFound', 'HostMappingNotFound'],
  409: ['InstanceInvalidState'],
})

/** The action `evacuate` of POST /servers/{id}/action. */
export class EvacuateController {
  readonly #runtime: Runtime
  readonly #compute: ComputeApi

  constructor({ compute, runtime }: ApiServices) {
    this.#compute = compute
    this.#runtime = runtime
  }

  /** @returns `{"adminPass": text}`, empty without `[api] enable_instance_password` */
  @action('evacuate')
  @apiVersion('2.1', '2.13')
  @body(evacuateSchema)
  @expectedErrors(400, 403, 404, 409)
  async evacuate(req: Req<EvacuateBody>): Promise<object> {
    const { adminPass, onSharedStorage } = req.body.evacuate
    const isShared = boolFromString(onSharedStorage ?? false)
    const instance = await this.#server(req)
    if (isShared && adminPass !== undefined) {
      throw errors.badRequest('admin password cannot be changed on an existing disk')
    }
    const adminPassword = isShared ? null : (adminPass ?? this.#password())
    await this.#evacuate(req, instance, { onSharedStorage: isShared, adminPassword })
    const tells = adminPassword !== null && this.#runtime.conf.api.enable_instance_password
    return tells ? { adminPass: adminPassword } : {}
  }

  @action('evacuate')
  @apiVersion('2.14')
  @body(evacuateSchema)
  @expectedErrors(400, 403, 404, 409)
  async evacuateWithoutAnswer(req: Req<EvacuateBody>): Promise<void> {
    const instance = await this.#server(req)
    const adminPassword = req.body.evacuate.adminPass ?? this.#password()
    await this.#evacuate(req, instance, { onSharedStorage: null, adminPassword })
  }

  async #server(req: Req<EvacuateBody>): Promise<Instance> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-evacuate', instance)
    return instance
  }

  async #evacuate(
    { body: { evacuate }, context, version }: Req<EvacuateBody>,
    instance: Instance,
    request: Pick<EvacuateRequest, 'onSharedStorage' | 'adminPassword'>,
  ): Promise<void> {
    const { verifies, endsStopped } = behaviours.at(version)
    const { host = null } = evacuate
    const force = boolFromString(evacuate.force ?? false)
    if (force && host === null) {
      throw errors.badRequest("Can't force to a non-provided destination")
    }
    await faults(async () => {
      if (host !== null) await HostMapping.getByHost(context, host)
      if (host !== null && host === instance.host) {
        throw errors.badRequest("The target host can't be the same one.")
      }
      await this.#compute.evacuate(instance, {
        ...request,
        host,
        force: host !== null && (force || !verifies),
        targetState: endsStopped ? 'stopped' : null,
      })
    })
  }

  #password(): string {
    return generatePassword(this.#runtime.conf.DEFAULT.password_length)
  }
}

export const extension = {
  alias: 'os-evacuate',
  name: 'Evacuate',
  description: 'Enables server evacuation.',
  controllerExtensions: { servers: EvacuateController },
}
