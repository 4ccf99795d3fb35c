import type { RequestContext } from '../context/index.js'
import { FixedIpNotFoundForInstance, NetworkNotFoundForInstance } from '../exception/index.js'
import { type Doc, docOf, type NeutronClient, NeutronFault } from './neutron-client.js'

/**
 * One address more for a port that the server has in the network, from whichever of its subnets has one free.
 *
 * @throws NetworkNotFoundForInstance when the server has no port there, or no subnet an address
 */
export const addFixedIp = async (
  client: NeutronClient,
  context: RequestContext,
  instanceUuid: string,
  networkId: string,
): Promise<void> => {
  const scope = { context, admin: false }
  const subnets = await client.list(scope, 'subnets', { network_id: networkId })
  const query = { device_id: instanceUuid, network_id: networkId }
  const ports = subnets.length ? await client.list(scope, 'ports', query) : []
  for (const port of ports) {
    for (const subnet of subnets) {
      const wanted = [...fixedIpsOf(port), { subnet_id: subnet.id }]
      try {
        await client.updatePort(scope, String(port.id), { fixed_ips: wanted })
        return
      } catch (error) {
        // The next subnet may have an address where this one has none.
        if (!(error instanceof NeutronFault)) throw error
      }
    }
  }
  throw new NetworkNotFoundForInstance({ instance_id: instanceUuid })
}

/** @throws FixedIpNotFoundForInstance */
export const removeFixedIp = async (
  client: NeutronClient,
  context: RequestContext,
  instanceUuid: string,
  address: string,
): Promise<void> => {
  const scope = { context, admin: false }
  const [port] = await client.list(scope, 'ports', {
    device_id: instanceUuid,
    fixed_ips: `ip_address=${address}`,
  })
  if (!port) throw new FixedIpNotFoundForInstance({ instance_uuid: instanceUuid, ip: address })
  const kept = fixedIpsOf(port).filter(ip => ip.ip_address !== address)
  await client.updatePort(scope, String(port.id), { fixed_ips: kept })
}

const fixedIpsOf = (port: Doc): Doc[] =>
  (Array.isArray(port.fixed_ips) ? port.fixed_ips : []).map(docOf)
