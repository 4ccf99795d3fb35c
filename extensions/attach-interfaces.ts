import { translating } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import type { PortDict } from '../lib/network/api.js'
import { type Instance, VirtualInterfaceList } from '../lib/objects/index.js'
import type { Runtime } from '../lib/runtime/index.js'
import {
  body,
  errors,
  expectedErrors,
  object,
  query,
  querySchema,
  response,
  schema,
  since,
  types,
  view,
} from '../lib/wsgi/index.js'

interface CreateBody {
  readonly interfaceAttachment?: {
    readonly net_id?: string
    readonly port_id?: string
    readonly fixed_ips?: readonly [{ readonly ip_address: string }]
    readonly tag?: string
  }
}

const create = schema(
  object({
    interfaceAttachment: object({
      net_id: types.uuid,
      port_id: types.uuid,
      fixed_ips: {
        type: 'array',
        minItems: 1,
        maxItems: 1,
        items: object({ ip_address: types.ip }, { required: ['ip_address'] }),
      },
      tag: since('2.49', types.tag),
    }),
  }),
)

interface ShownInterface {
  readonly port: PortDict
  readonly tag: string | null
}

const interfaceView = view<ShownInterface>({
  net_id: ({ port }) => port.network_id,
  port_id: ({ port }) => port.id,
  mac_addr: ({ port }) => port.mac_address,
  port_state: ({ port }) => port.status,
  fixed_ips: ({ port }) => port.fixed_ips ?? null,
  tag: [({ tag }) => tag, since('2.70')],
})

/** What is wrong with what the host, or the network service, says of an interface that it was asked for. */
const attachFaults = translating({
  400: [
    'InterfaceAttachFailedNoNetwork',
    'NetworkAmbiguous',
    'NetworkRequiresSubnet',
    'NoMoreFixedIps',
    'PortNotUsable',
    'PortRequiresFixedIP',
    'PortBindingFailed',
    'AttachInterfaceNotSupported',
    'SecurityGroupCannotBeApplied',
    'NetworkInterfaceTaggedAttachNotSupported',
    'NetworksWithQoSPolicyNotSupported',
    'InterfaceAttachPciClaimFailed',
    'InterfaceAttachResourceAllocationFailed',
  ],
  403: ['PortLimitExceeded'],
  404: ['PortNotFound', 'NetworkNotFound'],
  409: ['FixedIpAlreadyInUse', 'PortInUse'],
  500: ['InterfaceAttachFailed'],
})

/** /servers/{server_id}/os-interface: the ports of a server. The id is the port's. */
export class InterfaceAttachmentController {
  readonly #runtime: Runtime
  readonly #compute: ComputeApi

  constructor({ runtime, compute }: ApiServices) {
    this.#runtime = runtime
    this.#compute = compute
  }

  @query(querySchema({}))
  @expectedErrors(404, 501)
  async index(req: Req): Promise<object> {
    const instance = await this.#server(req, 'list')
    const ports = await this.#runtime.network.listPorts(req.context, instance.uuid)
    return { interfaceAttachments: await this.#documents(req, instance, ports) }
  }

  @query(querySchema({}))
  @expectedErrors(403, 404)
  async show(req: Req): Promise<object> {
    const instance = await this.#server(req, 'show')
    return this.#shown(req, instance, req.params.id)
  }

  @body(create)
  @expectedErrors(400, 403, 404, 409, 500, 501)
  async create(req: Req<CreateBody>): Promise<object> {
    const instance = await this.#server(req, 'create')
    const { net_id, port_id, fixed_ips, tag } = req.body.interfaceAttachment ?? {}
    const requestedIp = fixed_ips?.[0].ip_address ?? null
    if (net_id !== undefined && port_id !== undefined) {
      throw errors.badRequest('Must not input both network_id and port_id')
    }
    if (requestedIp !== null && net_id === undefined) {
      throw errors.badRequest('Must input network_id when request IP address')
    }
    const made = await attachFaults(() =>
      this.#compute.attachInterface(instance, {
        networkId: net_id ?? null,
        portId: port_id ?? null,
        requestedIp,
        tag: tag ?? null,
      }),
    )
    req.context.can('os_compute_api:os-attach-interfaces:show', instance)
    return this.#shown(req, instance, made)
  }

  @response(202)
  @expectedErrors(400, 404, 409, 501)
  async delete(req: Req): Promise<void> {
    const instance = await this.#server(req, 'delete')
    await this.#compute.detachInterface(instance, req.params.id)
  }

  async #server(req: Req<unknown>, rule: string): Promise<Instance> {
    const instance = await this.#compute.get(req.context, req.params.server_id ?? '')
    req.context.can(`os_compute_api:os-attach-interfaces:${rule}`, instance)
    return instance
  }

  /** @throws Fault 404 for a port that is another's */
  async #shown(req: Req<unknown>, instance: Instance, portId: string): Promise<object> {
    const port = await this.#runtime.network.showPort(req.context, portId)
    if (port.device_id !== instance.uuid) {
      throw errors.notFound(`Instance ${instance.uuid} does not have a port with id ${portId}`)
    }
    const [document] = await this.#documents(req, instance, [port])
    return { interfaceAttachment: document }
  }

  async #documents(
    req: Req<unknown>,
    instance: Instance,
    ports: readonly PortDict[],
  ): Promise<object[]> {
    const tags = await this.#tags(instance)
    const document = interfaceView.bind(req.version, null)
    return ports.map(port => document({ port, tag: tags.get(port.id) ?? null }))
  }

  /** By port; a server that waits for a cell has none. */
  async #tags(instance: Instance): Promise<ReadonlyMap<string, string | null>> {
    if (!instance.isSet('id')) return new Map()
    const context = instance.requireContext('tags')
    const { objects } = await VirtualInterfaceList.getByInstanceUuid(context, instance.uuid)
    return new Map(objects.map(({ uuid, tag }) => [uuid, tag]))
  }
}

export const extension = {
  alias: 'os-attach-interfaces',
  name: 'AttachInterfaces',
  description: 'Interfaces of servers: shown, attached and detached.',
  resources: [
    {
      collection: 'os-interface',
      controller: InterfaceAttachmentController,
      parent: { memberName: 'server', collectionName: 'servers' },
    },
  ],
}
