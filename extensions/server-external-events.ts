import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import type { ExternalEvent } from '../lib/compute/external-events.js'
import {
  body,
  expectedErrors,
  object,
  ResponseObject,
  schema,
  since,
  types,
} from '../lib/wsgi/index.js'

interface Event {
  readonly name: ExternalEvent['name']
  readonly server_uuid: string
  readonly status?: ExternalEvent['status']
  readonly tag?: string
}

const create = schema(
  object(
    {
      events: {
        type: 'array',
        minItems: 1,
        items: object(
          {
            server_uuid: types.uuid,
            name: {
              type: 'string',
              enum: [
                'network-changed',
                'network-vif-plugged',
                'network-vif-unplugged',
                'network-vif-deleted',
                since('2.51', 'volume-extended'),
                since('2.76', 'power-update'),
                since('2.82', 'accelerator-request-bound'),
                since('2.93', 'volume-reimaged'),
              ],
            },
            status: { type: 'string', enum: ['failed', 'completed', 'in-progress'] },
            tag: { type: 'string', maxLength: 255 },
          },
          { required: ['server_uuid', 'name'] },
        ),
      },
    },
    { required: ['events'] },
  ),
)

/** POST /os-server-external-events: what other services tell of servers. */
export class ServerExternalEventsController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @body(create)
  @expectedErrors(403)
  async create(req: Req<{ readonly events: readonly Event[] }>): Promise<ResponseObject<object>> {
    req.context.can('os_compute_api:os-server-external-events:create', {})
    const { events } = req.body
    const codes = await this.#compute.externalEvents.send(
      req.context,
      events.map(({ server_uuid: serverUuid, name, status = 'completed', tag = null }) => ({
        serverUuid,
        name,
        status,
        tag,
      })),
    )
    const told = events.map((event, index) => ({
      ...event,
      status: codes[index] === 200 ? 'completed' : 'failed',
      code: codes[index],
    }))
    const allSent = codes.every(code => code === 200)
    return new ResponseObject({ events: told }, { code: allSent ? 200 : 207 })
  }
}

export const extension = {
  alias: 'os-server-external-events',
  name: 'ServerExternalEvents',
  description: 'Takes what other services tell of servers to the hosts of these.',
  resources: [
    { collection: 'os-server-external-events', controller: ServerExternalEventsController },
  ],
}
