import { translating } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import type { Instance } from '../lib/objects/index.js'
import type { ConsoleProtocol } from '../lib/virt/driver.js'
import {
  action,
  apiVersion,
  body,
  errors,
  expectedErrors,
  type JsonSchema,
  object,
  schema,
  since,
  until,
  versions,
} from '../lib/wsgi/index.js'

interface CreateBody {
  readonly remote_console: {
    readonly protocol: ConsoleProtocol | 'rdp'
    readonly type: string
  }
}

const protocols = ['vnc', 'spice', 'serial', 'rdp']
const consoleTypes = ['novnc', 'xvpvnc', 'spice-html5', 'serial', 'rdp-html5']

const create = schema(
  object(
    {
      remote_console: object(
        {
          protocol: {
            type: 'string',
            enum: versions(until('2.7', protocols), [...protocols, 'mks']),
          },
          type: {
            type: 'string',
            enum: versions(
              until('2.7', consoleTypes),
              until('2.98', [...consoleTypes, 'webmks']),
              since('2.99', [...consoleTypes, 'webmks', 'spice-direct']),
            ),
          },
        },
        { required: ['protocol', 'type'] },
      ),
    },
    { required: ['remote_console'] },
  ),
)

const actionBody = (name: string, consoleTypes: readonly string[]): JsonSchema =>
  object(
    {
      [name]: object({ type: { type: 'string', enum: consoleTypes } }, { required: ['type'] }),
    },
    { required: [name] },
  )

interface TypeOf {
  readonly type: string
}

const notServed = () => errors.badRequest('RDP consoles are not served any more.')
const opening = translating({ 409: ['InstanceNotReady', 'InstanceInvalidState'] })

/** The consoles of /servers/{id}/action, up to 2.5: one action a protocol. */
export class ConsoleActionsController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @action('os-getVNCConsole')
  @apiVersion('2.1', '2.5')
  @body(actionBody('os-getVNCConsole', ['novnc', 'xvpvnc']))
  @expectedErrors(400, 404, 409, 501)
  vnc(req: Req<{ readonly 'os-getVNCConsole': TypeOf }>): Promise<object> {
    return this.#open(req, 'vnc', req.body['os-getVNCConsole'])
  }

  @action('os-getSPICEConsole')
  @apiVersion('2.1', '2.5')
  @body(actionBody('os-getSPICEConsole', ['spice-html5']))
  @expectedErrors(400, 404, 409, 501)
  spice(req: Req<{ readonly 'os-getSPICEConsole': TypeOf }>): Promise<object> {
    return this.#open(req, 'spice', req.body['os-getSPICEConsole'])
  }

  @action('os-getSerialConsole')
  @apiVersion('2.1', '2.5')
  @body(actionBody('os-getSerialConsole', ['serial']))
  @expectedErrors(400, 404, 409, 501)
  serial(req: Req<{ readonly 'os-getSerialConsole': TypeOf }>): Promise<object> {
    return this.#open(req, 'serial', req.body['os-getSerialConsole'])
  }

  @action('os-getRDPConsole')
  @apiVersion('2.1', '2.5')
  @body({})
  @expectedErrors(400, 404, 409, 501)
  async rdp(): Promise<object> {
    throw notServed()
  }

  async #open(req: Req<unknown>, protocol: ConsoleProtocol, { type }: TypeOf): Promise<object> {
    const instance = await serverOf(this.#compute, req, req.params.id)
    const url = await opening(() => this.#compute.consoles.url(instance, protocol, type))
    return { console: { type, url } }
  }
}

/** /servers/{server_id}/remote-consoles, from 2.6 on. */
export class RemoteConsolesController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @apiVersion('2.6')
  @body(create)
  @expectedErrors(400, 404, 409, 501)
  async create(req: Req<CreateBody>): Promise<object> {
    const instance = await serverOf(this.#compute, req, req.params.server_id)
    const { protocol, type } = req.body.remote_console
    if (protocol === 'rdp') throw notServed()
    const url = await opening(() => this.#compute.consoles.url(instance, protocol, type))
    return { remote_console: { protocol, type, url } }
  }
}

const serverOf = async (
  compute: ComputeApi,
  { context }: Req<unknown>,
  id = '',
): Promise<Instance> => {
  const instance = await compute.get(context, id)
  context.can('os_compute_api:os-remote-consoles', instance)
  return instance
}

export const extension = {
  alias: 'os-remote-consoles',
  name: 'Consoles',
  description: 'Addresses of the consoles of servers.',
  // nova's list has no alias for it
  listed: false,
  resources: [
    {
      collection: 'remote-consoles',
      controller: RemoteConsolesController,
      parent: { memberName: 'server', collectionName: 'servers' },
    },
  ],
  controllerExtensions: { servers: ConsoleActionsController },
}
