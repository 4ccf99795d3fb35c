import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { RequestContext } from '../lib/context/index.js'
import type { NetworkApi, NetworkRef } from '../lib/network/api.js'
import type { Runtime } from '../lib/runtime/index.js'
import { apiVersion, errors, expectedErrors, isException, query } from '../lib/wsgi/index.js'

const anyQuery = { type: 'object' }

/** What nova-network knew of a network, and nobody knows any more. */
const forgotten = [
  'cidr',
  'netmask',
  'gateway',
  'broadcast',
  'dns1',
  'dns2',
  'cidr_v6',
  'gateway_v6',
  'netmask_v6',
]

const forgottenOfAdmins = [
  'created_at',
  'updated_at',
  'deleted_at',
  'deleted',
  'injected',
  'bridge',
  'vlan',
  'vpn_public_address',
  'vpn_public_port',
  'vpn_private_address',
  'dhcp_start',
  'project_id',
  'host',
  'bridge_interface',
  'multi_host',
  'priority',
  'rxtx_base',
  'mtu',
  'dhcp_server',
  'enable_dhcp',
  'share_address',
]

const documentOf = ({ id, name }: NetworkRef, context: RequestContext): object => ({
  id,
  label: name,
  ...Object.fromEntries(
    [...forgotten, ...(context.isAdmin ? forgottenOfAdmins : [])].map(key => [key, null]),
  ),
})

/** /os-networks, up to 2.35: the networks that the caller sees, by id and label. */
export class NetworkController {
  readonly #runtime: Runtime

  constructor({ runtime }: ApiServices) {
    this.#runtime = runtime
  }

  @apiVersion('2.1', '2.35')
  @query(anyQuery)
  @expectedErrors()
  async index(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-networks:list')
    const networks = await this.#runtime.network.listNetworks(req.context)
    return { networks: networks.map(network => documentOf(network, req.context)) }
  }

  @apiVersion('2.1', '2.35')
  @query(anyQuery)
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-networks:show')
    const network = await networkOf(this.#runtime.network, req)
    return { network: documentOf(network, req.context) }
  }
}

/** @throws Fault 404 */
export const networkOf = async (api: NetworkApi, { context, params }: Req): Promise<NetworkRef> => {
  try {
    return await api.showNetwork(context, params.id)
  } catch (error) {
    if (isException(error, 'NetworkNotFound')) throw errors.notFound('Network not found')
    throw error
  }
}

export const extension = {
  alias: 'os-networks',
  name: 'Networks',
  description: 'Tells the networks that servers may be put into.',
  resources: [{ collection: 'os-networks', controller: NetworkController }],
}
