import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import { KeystoneSession } from '../lib/identity/index.js'
import type { Runtime } from '../lib/runtime/index.js'
import { ServiceClient } from '../lib/util/service-client.js'
import { type IronicNode, IronicNodes } from '../lib/virt/ironic/nodes.js'
import { action, apiVersion, body, errors, expectedErrors, query } from '../lib/wsgi/index.js'

const anyQuery = { type: 'object' }

const documentOf = (node: IronicNode, addresses: readonly string[] = []): object => ({
  id: node.uuid,
  interfaces: addresses.map(address => ({ address })),
  host: 'IRONIC MANAGED',
  task_state: node.provisionState,
  cpus: String(node.properties.cpus ?? 0),
  memory_mb: String(node.properties.memory_mb ?? 0),
  disk_gb: String(node.properties.local_gb ?? 0),
})

/** /os-baremetal-nodes, up to 2.35: the machines of Ironic. It is told here what they are, and changed there. */
export class BareMetalNodeController {
  readonly #runtime: Runtime
  #known: IronicNodes | undefined

  constructor({ runtime }: ApiServices) {
    this.#runtime = runtime
  }

  @apiVersion('2.1', '2.35')
  @query(anyQuery)
  @expectedErrors(404, 501)
  async index(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-baremetal-nodes:list', {})
    const nodes = await this.#nodes().list(req.context)
    return { nodes: nodes.map(node => documentOf(node)) }
  }

  @apiVersion('2.1', '2.35')
  @query(anyQuery)
  @expectedErrors(404, 501)
  async show(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-baremetal-nodes:show', {})
    const { id } = req.params
    const node = await this.#nodes().get(req.context, id)
    if (!node) throw errors.notFound(`Node ${id} could not be found.`)
    const addresses = await this.#nodes().addresses(req.context, id)
    return { node: { ...documentOf(node, addresses), instance_uuid: node.instanceUuid } }
  }

  @apiVersion('2.1', '2.35')
  @body({})
  @expectedErrors(400)
  async create(): Promise<never> {
    throw notHere('node-create')
  }

  @apiVersion('2.1', '2.35')
  @expectedErrors(400)
  async delete(): Promise<never> {
    throw notHere('node-delete')
  }

  @action('add_interface')
  @apiVersion('2.1', '2.35')
  @body({})
  @expectedErrors(400)
  async addInterface(): Promise<never> {
    throw notHere('port-create')
  }

  @action('remove_interface')
  @apiVersion('2.1', '2.35')
  @body({})
  @expectedErrors(400)
  async removeInterface(): Promise<never> {
    throw notHere('port-delete')
  }

  /** @throws Fault 501 where `[ironic]` says nothing of an Ironic */
  #nodes(): IronicNodes {
    this.#known ??= ironicNodesOf(this.#runtime.conf.ironic)
    return this.#known
  }
}

const ironicNodesOf = (conf: Runtime['conf']['ironic']): IronicNodes => {
  const { endpoint_override: endpoint, auth_url: authUrl } = conf
  if (!endpoint && !authUrl) {
    throw errors.notImplemented('Unable to do this: nova.conf names no bare metal service.')
  }
  return new IronicNodes(
    new ServiceClient({
      type: conf.service_type,
      endpoints: endpoint ? [endpoint] : undefined,
      interfaces: conf.valid_interfaces,
      region: conf.region_name,
      tls: conf,
      session: authUrl ? new KeystoneSession(conf) : undefined,
      ...(conf.timeout ? { timeoutMs: conf.timeout * 1000 } : {}),
    }),
  )
}

const notHere = (command: string) =>
  errors.badRequest(
    `Command Not supported. Please use Ironic command ${command} to perform this action.`,
  )

export const extension = {
  alias: 'os-baremetal-nodes',
  name: 'BareMetalNodes',
  description: 'Tells the machines of the bare metal service.',
  resources: [
    {
      collection: 'os-baremetal-nodes',
      memberName: 'node',
      controller: BareMetalNodeController,
    },
  ],
}
