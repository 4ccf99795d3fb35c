import { translating } from '../controllers/faults.js'
import { hostApiOf } from '../controllers/hosts.js'
import { checkForcedUp, removeService, saveService } from '../controllers/process-services.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import { rawTime } from '../controllers/times.js'
import { uuidOf } from '../controllers/uuid-of.js'
import type { HostApi, PlacedService } from '../lib/compute/host-api.js'
import type { ProviderMirror } from '../lib/compute/provider-mirror.js'
import type { Service } from '../lib/objects/index.js'
import {
  alternatives,
  apiVersion,
  behavioursOf,
  body,
  boolFromString,
  errors,
  expectedErrors,
  multiple,
  object,
  query,
  querySchema,
  response,
  schema,
  serves,
  since,
  types,
  until,
  view,
} from '../lib/wsgi/index.js'

/** `{id}` is the verb. */
interface VerbBody {
  readonly host: string
  readonly binary: string
  readonly disabled_reason?: string
  readonly forced_down?: unknown
}

interface UpdateBody {
  readonly status?: 'enabled' | 'disabled'
  readonly disabled_reason?: string
  readonly forced_down?: unknown
}

const text = { type: 'string', minLength: 1, maxLength: 255 }

const verbBody = schema(
  object(
    {
      host: types.hostname,
      binary: text,
      disabled_reason: text,
      forced_down: since('2.11', types.boolean),
    },
    { required: ['host', 'binary'] },
  ),
)

const updateBody = object({
  status: { type: 'string', enum: ['enabled', 'disabled'] },
  disabled_reason: text,
  forced_down: types.boolean,
})

const listQuery = querySchema(
  { host: multiple(types.string), binary: multiple(types.string) },
  { closedSince: '2.75' },
)

/** These send no beats, and would always be told to be down. */
const apiBinaries: readonly (string | null)[] = ['nova-osapi_compute', 'nova-metadata']

const statusOf = (service: Service): string => (service.disabled ? 'disabled' : 'enabled')

const serviceView = view<PlacedService, HostApi>({
  binary: ({ service }) => service.binary,
  host: ({ service }) => service.host,
  id: alternatives(
    [({ service }) => service.id, until('2.52')],
    [({ service }) => service.uuid, since('2.53')],
  ),
  zone: ({ zone }) => zone,
  status: ({ service }) => statusOf(service),
  state: ({ service }, hosts) => (hosts.isUp(service) ? 'up' : 'down'),
  updated_at: ({ service }) => rawTime(service.get('updatedAt')),
  disabled_reason: ({ service }) => service.disabledReason,
  forced_down: [({ service }) => service.forcedDown, since('2.11')],
})

/** What each verb of the first days does, and tells. */
const verbs: Readonly<
  Record<string, (service: Service, body: VerbBody) => Readonly<Record<string, unknown>>>
> = {
  enable: service => {
    service.disabled = false
    service.disabledReason = null
    return { status: 'enabled' }
  },
  disable: service => {
    service.disabled = true
    return { status: 'disabled' }
  },
  'disable-log-reason': (service, { disabled_reason: reason }) => {
    if (reason === undefined) throw errors.badRequest('Missing disabled reason field')
    service.disabled = true
    service.disabledReason = reason
    return { status: 'disabled', disabled_reason: reason }
  },
}

const forceDown = (service: Service, body: VerbBody): Readonly<Record<string, unknown>> => {
  if (body.forced_down === undefined) throw errors.badRequest('Missing forced_down field')
  service.forcedDown = boolFromString(body.forced_down)
  return { forced_down: service.forcedDown }
}

const behaviours = behavioursOf({
  /** What is known of services whose cell does not answer is told. */
  ofDownCells: since('2.69'),
})

const finding = translating({ 404: ['HostMappingNotFound', 'HostBinaryNotFound'] })

/** /os-services: nova's own processes. */
export class ServiceController {
  readonly #hosts: HostApi
  readonly #providers: ProviderMirror

  constructor(services: ApiServices) {
    this.#hosts = hostApiOf(services)
    this.#providers = services.compute.providers
  }

  @query(listQuery)
  @expectedErrors()
  async index(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-services:list', {})
    const { host, binary } = req.query
    const wanted = (service: { host: string | null; binary: string | null }): boolean =>
      (!host || service.host === host) && (!binary || service.binary === binary)
    const { services, unknownHosts } = await this.#hosts.services(req.context)
    const shown = services.filter(
      ({ service }) => wanted(service) && !apiBinaries.includes(service.binary),
    )
    const unknown = behaviours.at(req.version).ofDownCells
      ? unknownHosts.map(host => ({ binary: 'nova-compute', host, status: 'UNKNOWN' }))
      : []
    return {
      services: [
        ...shown.map(serviceView.bind(req.version, this.#hosts)),
        ...unknown.filter(wanted),
      ],
    }
  }

  @apiVersion('2.1', '2.10')
  @body(verbBody)
  @expectedErrors(400, 404)
  async update(req: Req<VerbBody>): Promise<object> {
    return this.#byVerb(req, verbs[req.params.id])
  }

  @serves('update')
  @apiVersion('2.11', '2.52')
  @body(verbBody)
  @expectedErrors(400, 404)
  async updateOrForceDown(req: Req<VerbBody>): Promise<object> {
    const { id } = req.params
    return this.#byVerb(req, id === 'force-down' ? forceDown : verbs[id])
  }

  async #byVerb(req: Req<VerbBody>, verb: (typeof verbs)[string] | undefined): Promise<object> {
    req.context.can('os_compute_api:os-services:update', {})
    if (!verb || (!Object.hasOwn(verbs, req.params.id) && verb !== forceDown)) {
      throw errors.notFound('Unknown action')
    }
    const { host, binary } = req.body
    const service = await finding(() => this.#hosts.serviceOn(req.context, host, binary))
    const told = verb(service, req.body)
    await checkForcedUp(service)
    await saveService(service, this.#providers)
    return { service: { host, binary, ...told } }
  }

  @serves('update')
  @apiVersion('2.53')
  @body(updateBody)
  @expectedErrors(400, 404)
  async updateByUuid(req: Req<UpdateBody>): Promise<object> {
    req.context.can('os_compute_api:os-services:update', {})
    const service = await this.#hosts.service(req.context, uuidOf(req.params.id))
    if (service.binary !== 'nova-compute') {
      throw errors.badRequest(
        `Updating a ${service.binary} service is not supported. Only nova-compute services can be updated.`,
      )
    }
    applyUpdate(service, req.body)
    await checkForcedUp(service)
    await saveService(service, this.#providers)
    const { services } = await this.#hosts.services(req.context)
    const placed = services.find(one => one.service.uuid === service.uuid)
    return { service: placed && serviceView.at(req.version)(placed, this.#hosts) }
  }

  @apiVersion('2.1', '2.52')
  @response(204)
  @expectedErrors(400, 404, 409)
  async delete(req: Req): Promise<void> {
    req.context.can('os_compute_api:os-services:delete', {})
    const { id } = req.params
    if (!/^\d{1,10}$/.test(id)) throw errors.badRequest(`Invalid input received: id '${id}'`)
    const service = await this.#hosts.service(req.context, Number(id))
    await removeService(req.context, service, this.#providers)
  }

  @serves('delete')
  @apiVersion('2.53')
  @response(204)
  @expectedErrors(400, 404, 409)
  async deleteByUuid(req: Req): Promise<void> {
    req.context.can('os_compute_api:os-services:delete', {})
    const service = await this.#hosts.service(req.context, uuidOf(req.params.id))
    await removeService(req.context, service, this.#providers)
  }
}

const applyUpdate = (service: Service, { status, disabled_reason, forced_down }: UpdateBody) => {
  if (status === undefined && forced_down === undefined) {
    throw errors.badRequest(
      "No updates were requested. Fields 'status' or 'forced_down' should be specified.",
    )
  }
  if (status === 'enabled' && disabled_reason !== undefined) {
    throw errors.badRequest("Specifying 'disabled_reason' with status 'enabled' is invalid.")
  }
  if (status !== undefined) {
    service.disabled = status === 'disabled'
    service.disabledReason = disabled_reason ?? null
  }
  if (forced_down !== undefined) service.forcedDown = boolFromString(forced_down)
}

export const extension = {
  alias: 'os-services',
  name: 'Services',
  description: 'Services support.',
  resources: [{ collection: 'os-services', controller: ServiceController }],
}
