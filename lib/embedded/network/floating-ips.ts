import { isRecord } from '../../util/is-record.js'
import { type Caller, owned, visible } from './caller.js'
import { floatingips } from './definitions.js'
import { free } from './disassociate.js'
import { conflict, NeutronError } from './errors.js'
import type { FixedIp } from './ipam.js'
import { tell } from './port-events.js'
import { addServicePort, fixedIpsOf, removePort } from './ports.js'
import { checkQuota } from './quotas.js'
import { changed, newDoc, readBody } from './resource.js'
import { type Db, type Doc, find, get, insert, remove, replace, type StoredDoc } from './store.js'

const bad = (text: string): NeutronError =>
  new NeutronError(400, 'BadRequest', `Bad floatingip request: ${text}.`)

export const createFloatingIp = async (caller: Caller, values: unknown): Promise<StoredDoc> => {
  const { db, context } = caller
  const given = readBody(floatingips, 'POST', values, context)
  const network = await visible(caller, 'network', String(given.floating_network_id))
  if (network['router:external'] !== true) {
    throw bad(`Network ${network.id} is not a valid external network`)
  }
  const doc = newDoc(floatingips, given, context)
  delete doc.subnet_id
  await checkQuota(db, 'floatingip', String(doc.tenant_id))

  const subnetId = typeof given.subnet_id === 'string' ? given.subnet_id : undefined
  const address =
    typeof given.floating_ip_address === 'string' ? given.floating_ip_address : undefined
  const port = await addServicePort(
    caller,
    network,
    { network_id: network.id, device_id: doc.id, device_owner: 'network:floatingip' },
    await wantedFor(db, network, subnetId, address),
  )
  const [ip] = fixedIpsOf(port)
  if (!ip) throw bad(`Network ${network.id} does not contain any IPv4 subnet`)
  doc.floating_ip_address = ip.ip_address
  if (typeof given.port_id === 'string') Object.assign(doc, await associate(caller, doc, given))
  await insert(db, 'floatingip', doc)
  await tellOf(caller, doc.port_id)
  return doc
}

/** One address, IPv4 only: what is translated is not IPv6. */
const wantedFor = async (
  db: Db,
  network: StoredDoc,
  subnetId: string | undefined,
  address: string | undefined,
): Promise<Partial<FixedIp>[]> => {
  const wanted = {
    ...(subnetId === undefined ? {} : { subnet_id: subnetId }),
    ...(address === undefined ? {} : { ip_address: address }),
  }
  if (Object.keys(wanted).length) return [wanted]
  const subnets = await find(db, 'subnet', { parents: [network.id] })
  const v4 = subnets.find(subnet => subnet.ip_version === 4)
  if (!v4) throw bad(`Network ${network.id} does not contain any IPv4 subnet`)
  return [{ subnet_id: v4.id }]
}

export const updateFloatingIp = async (
  caller: Caller,
  id: string,
  values: unknown,
): Promise<StoredDoc> => {
  const old = await owned(caller, 'floatingip', id)
  const given = readBody(floatingips, 'PUT', values, caller.context)
  const doc = changed(old, { ...given, fixed_ip_address: old.fixed_ip_address })
  // No port in the body, or none at all: the address is taken off, as Neutron does.
  if (typeof given.port_id === 'string') Object.assign(doc, await associate(caller, doc, given))
  else if (given.port_id === null) Object.assign(doc, free)
  else if (given.fixed_ip_address !== undefined) throw bad('fixed_ip_address without port_id')
  await replace(caller.db, 'floatingip', doc)
  await tellOf(caller, old.port_id)
  if (doc.port_id !== old.port_id) await tellOf(caller, doc.port_id)
  return doc
}

export const deleteFloatingIp = async (caller: Caller, id: string): Promise<void> => {
  const { port_id: led } = await owned(caller, 'floatingip', id)
  for (const port of await find(caller.db, 'port', { devices: [id] })) {
    if (port.device_owner === 'network:floatingip') await removePort(caller, port)
  }
  await remove(caller.db, 'floatingip', id)
  await tellOf(caller, led)
}

/** The server of a port is shown with other addresses than before. */
const tellOf = async (caller: Caller, portId: unknown): Promise<void> => {
  const port = typeof portId === 'string' ? await get(caller.db, 'port', portId) : undefined
  if (port) tell(caller, 'network-changed', port)
}

const associate = async (caller: Caller, floating: StoredDoc, given: Doc): Promise<Doc> => {
  const { db } = caller
  const port = await owned(caller, 'port', String(given.port_id))
  const fixed = fixedIpFor(port, given.fixed_ip_address)
  const networkId = String(floating.floating_network_id)
  const taken = (await find(db, 'floatingip', { parents: [networkId] })).find(
    other =>
      other.id !== floating.id &&
      other.port_id === port.id &&
      other.fixed_ip_address === fixed.ip_address,
  )
  if (taken) {
    throw conflict(
      'FloatingIPPortAlreadyAssociated',
      `Cannot associate floating IP ${floating.floating_ip_address} (${floating.id}) with port ${port.id} using fixed IP ${fixed.ip_address}, as that fixed IP already has a floating IP on external network ${networkId}.`,
    )
  }
  return {
    port_id: port.id,
    fixed_ip_address: fixed.ip_address,
    router_id: await routerBetween(db, fixed.subnet_id, networkId, port.id),
    status: 'ACTIVE',
    port_details: {
      name: port.name,
      network_id: port.network_id,
      mac_address: port.mac_address,
      admin_state_up: port.admin_state_up,
      status: port.status,
      device_id: port.device_id,
      device_owner: port.device_owner,
    },
  }
}

const fixedIpFor = (port: StoredDoc, asked: unknown): FixedIp => {
  const v4 = fixedIpsOf(port).filter(ip => !ip.ip_address.includes(':'))
  if (typeof asked === 'string') {
    const found = v4.find(ip => ip.ip_address === asked)
    if (!found) throw bad(`Port ${port.id} does not have fixed ip ${asked}`)
    return found
  }
  const [only, another] = v4
  if (!only) {
    throw bad(`Cannot add floating IP to port ${port.id} that has no fixed IPv4 addresses`)
  }
  if (another) {
    throw bad(
      `Port ${port.id} has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address when assigning a floating IP`,
    )
  }
  return only
}

/** The router with a leg in the subnet and its gateway in the outside network. */
const routerBetween = async (
  db: Db,
  subnetId: string,
  networkId: string,
  portId: string,
): Promise<string> => {
  const subnet = await get(db, 'subnet', subnetId)
  const neighbours = await find(db, 'port', { parents: [String(subnet?.network_id)] })
  const legs = neighbours.filter(
    port =>
      port.device_owner === 'network:router_interface' &&
      fixedIpsOf(port).some(ip => ip.subnet_id === subnetId),
  )
  for (const leg of legs) {
    const router = await get(db, 'router', String(leg.device_id))
    const gateway = router?.external_gateway_info
    if (router && isRecord(gateway) && gateway.network_id === networkId) return router.id
  }
  throw new NeutronError(
    404,
    'ExternalGatewayForFloatingIPNotFound',
    `External network ${networkId} is not reachable from subnet ${subnetId}.  Therefore, cannot associate Port ${portId} with a Floating IP.`,
  )
}
