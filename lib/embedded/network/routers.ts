import { isRecord } from '../../util/is-record.js'
import { isUuid } from '../../util/is-uuid.js'
import { contains, parseAddress, parseCidr } from './address.js'
import { type Caller, owned, visible } from './caller.js'
import { routers } from './definitions.js'
import { badRequest, conflict, NeutronError, notFound } from './errors.js'
import type { WantedIp } from './ipam.js'
import { addServicePort, fixedIpsOf, removePort } from './ports.js'
import { checkQuota } from './quotas.js'
import { changed, newDoc, readBody } from './resource.js'
import { type Doc, find, get, insert, remove, replace, type StoredDoc } from './store.js'

const bad = (text: string): NeutronError =>
  new NeutronError(400, 'BadRequest', `Bad router request: ${text}.`)

export const createRouter = async (caller: Caller, values: unknown): Promise<StoredDoc> => {
  const { db, context } = caller
  const given = readBody(routers, 'POST', values, context)
  const doc = newDoc(routers, given, context)
  await checkQuota(db, 'router', String(doc.tenant_id))
  doc.external_gateway_info = await setGateway(caller, doc, given.external_gateway_info)
  await insert(db, 'router', doc)
  return doc
}

export const updateRouter = async (
  caller: Caller,
  id: string,
  values: unknown,
): Promise<StoredDoc> => {
  const old = await owned(caller, 'router', id)
  const given = readBody(routers, 'PUT', values, caller.context)
  const doc = changed(old, given)
  if (given.external_gateway_info !== undefined) {
    doc.external_gateway_info = await changeGateway(caller, old, doc, given.external_gateway_info)
  }
  await replace(caller.db, 'router', doc)
  return doc
}

export const deleteRouter = async (caller: Caller, id: string): Promise<void> => {
  const router = await owned(caller, 'router', id)
  if ((await interfacesOf(caller, id)).length) {
    throw conflict('RouterInUse', `Router ${id} still has ports`)
  }
  await clearGateway(caller, router)
  await remove(caller.db, 'router', id)
}

const interfacesOf = async ({ db }: Caller, routerId: string): Promise<StoredDoc[]> =>
  (await find(db, 'port', { devices: [routerId] })).filter(
    port => port.device_owner === 'network:router_interface',
  )

const changeGateway = async (
  caller: Caller,
  old: StoredDoc,
  doc: StoredDoc,
  info: unknown,
): Promise<unknown> => {
  const before = isRecord(old.external_gateway_info) ? old.external_gateway_info : null
  if (before && isRecord(info) && before.network_id === info.network_id) {
    return { ...before, enable_snat: info.enable_snat ?? before.enable_snat }
  }
  await checkFloating(caller, old)
  await clearGateway(caller, old)
  return setGateway(caller, doc, info)
}

/** A gateway that floating addresses go through cannot be taken away. */
const checkFloating = async ({ db }: Caller, router: StoredDoc): Promise<void> => {
  const used = (await find(db, 'floatingip')).some(floating => floating.router_id === router.id)
  if (!used) return
  throw conflict(
    'RouterExternalGatewayInUseByFloatingIp',
    `Gateway cannot be updated for router ${router.id}, since a gateway to external network is required by one or more floating IPs.`,
  )
}

const clearGateway = async (caller: Caller, router: StoredDoc): Promise<void> => {
  for (const port of await find(caller.db, 'port', { devices: [router.id] })) {
    if (port.device_owner === 'network:router_gateway') await removePort(caller, port)
  }
}

const setGateway = async (caller: Caller, router: StoredDoc, info: unknown): Promise<unknown> => {
  if (!isRecord(info)) return null
  const networkId = String(info.network_id)
  const network = await visible(caller, 'network', networkId)
  if (network['router:external'] !== true) {
    throw bad(`Network ${networkId} is not an external network`)
  }
  const wanted = Array.isArray(info.external_fixed_ips)
    ? (info.external_fixed_ips as WantedIp[])
    : null
  const port = await addServicePort(
    caller,
    network,
    { network_id: network.id, device_id: router.id, device_owner: 'network:router_gateway' },
    wanted,
  )
  return {
    network_id: network.id,
    enable_snat: info.enable_snat ?? true,
    external_fixed_ips: fixedIpsOf(port),
  }
}

/** Answer of both: id, tenant_id, port_id, network_id, subnet_id, subnet_ids. */
const answer = (router: StoredDoc, port: StoredDoc): Doc => {
  const subnetIds = fixedIpsOf(port).map(ip => ip.subnet_id)
  return {
    id: router.id,
    tenant_id: router.tenant_id,
    project_id: router.project_id,
    port_id: port.id,
    network_id: port.network_id,
    subnet_id: subnetIds[0] ?? null,
    subnet_ids: subnetIds,
    tags: [],
  }
}

interface Interface {
  readonly subnetId: string | null
  readonly portId: string | null
}

const readInterface = (values: unknown): Interface => {
  if (!isRecord(values)) throw bad('Either subnet_id or port_id must be specified')
  const { subnet_id: subnetId, port_id: portId } = values
  for (const [name, value] of Object.entries({ subnet_id: subnetId, port_id: portId })) {
    if (value !== undefined && value !== null && !isUuid(value)) {
      throw badRequest(`Invalid input for ${name}. Reason: '${value}' is not a valid UUID.`)
    }
  }
  return {
    subnetId: typeof subnetId === 'string' ? subnetId : null,
    portId: typeof portId === 'string' ? portId : null,
  }
}

export const addInterface = async (caller: Caller, id: string, values: unknown): Promise<Doc> => {
  const router = await owned(caller, 'router', id)
  const { subnetId, portId } = readInterface(values)
  if (subnetId !== null && portId !== null) throw bad('Cannot specify both subnet-id and port-id')
  if (portId !== null) return attachPort(caller, router, portId)
  if (subnetId === null) throw bad('Either subnet_id or port_id must be specified')

  const subnet = await visible(caller, 'subnet', subnetId)
  if (!subnet.gateway_ip) throw bad('Subnet for router interface must have a gateway IP')
  await checkNeighbours(caller, router, [subnet])
  const network = await visible(caller, 'network', String(subnet.network_id))
  const port = await addServicePort(
    caller,
    network,
    {
      tenant_id: router.tenant_id,
      network_id: network.id,
      device_id: router.id,
      device_owner: 'network:router_interface',
    },
    [{ subnet_id: subnet.id, ip_address: String(subnet.gateway_ip) }],
  )
  return answer(router, port)
}

const attachPort = async (caller: Caller, router: StoredDoc, portId: string): Promise<Doc> => {
  const port = await owned(caller, 'port', portId)
  if (port.device_id) {
    throw conflict(
      'PortInUse',
      `Unable to complete operation on port ${portId} for network ${port.network_id}. Port already has an attached device ${port.device_id}.`,
    )
  }
  const ids = fixedIpsOf(port).map(ip => ip.subnet_id)
  if (!ids.length) throw bad(`Port ${portId} has no fixed IPs`)
  await checkNeighbours(caller, router, await find(caller.db, 'subnet', { ids }))
  const doc = changed(port, {
    device_id: router.id,
    device_owner: 'network:router_interface',
    status: 'ACTIVE',
  })
  await replace(caller.db, 'port', doc)
  return answer(router, doc)
}

/** A router has one leg a subnet, and no two whose ranges overlap. */
const checkNeighbours = async (
  caller: Caller,
  router: StoredDoc,
  subnets: readonly StoredDoc[],
): Promise<void> => {
  const interfaces = await interfacesOf(caller, router.id)
  const ids = interfaces.flatMap(port => fixedIpsOf(port).map(ip => ip.subnet_id))
  for (const other of ids.length ? await find(caller.db, 'subnet', { ids }) : []) {
    for (const subnet of subnets) {
      if (other.id === subnet.id) throw bad(`Router already has a port on subnet ${subnet.id}`)
      const [a, b] = [parseCidr(other.cidr), parseCidr(subnet.cidr)]
      if (a && b && (contains(a, addressOf(b)) || contains(b, addressOf(a)))) {
        throw bad(
          `Cidr ${subnet.cidr} of subnet ${subnet.id} overlaps with cidr ${other.cidr} of subnet ${other.id}`,
        )
      }
    }
  }
}

const addressOf = (cidr: { version: 4 | 6; first: bigint }) => ({
  version: cidr.version,
  value: cidr.first,
})

export const removeInterface = async (
  caller: Caller,
  id: string,
  values: unknown,
): Promise<Doc> => {
  const router = await owned(caller, 'router', id)
  const { subnetId, portId } = readInterface(values)
  if (subnetId === null && portId === null) {
    throw bad('Either subnet_id or port_id must be specified')
  }
  const interfaces = await interfacesOf(caller, id)
  const port = interfaces.find(
    one =>
      (portId === null || one.id === portId) &&
      (subnetId === null || fixedIpsOf(one).some(ip => ip.subnet_id === subnetId)),
  )
  if (!port) {
    if (portId !== null) {
      throw new NeutronError(
        404,
        'RouterInterfaceNotFound',
        `Router ${id} does not have an interface with id ${portId}`,
      )
    }
    if (!(await get(caller.db, 'subnet', subnetId ?? ''))) throw notFound('subnet', subnetId ?? '')
    throw new NeutronError(
      404,
      'RouterInterfaceNotFoundForSubnet',
      `Router ${id} has no interface on subnet ${subnetId}`,
    )
  }
  await checkNoFloating(caller, router, port)
  await removePort(caller, port)
  return answer(router, port)
}

const checkNoFloating = async (
  { db }: Caller,
  router: StoredDoc,
  port: StoredDoc,
): Promise<void> => {
  const subnets = await find(db, 'subnet', { ids: fixedIpsOf(port).map(ip => ip.subnet_id) })
  const floating = (await find(db, 'floatingip')).filter(one => one.router_id === router.id)
  for (const subnet of subnets) {
    const cidr = parseCidr(subnet.cidr)
    const used = floating.some(one => {
      const address = parseAddress(one.fixed_ip_address)
      return cidr && address && contains(cidr, address)
    })
    if (used) {
      throw conflict(
        'RouterInterfaceInUseByFloatingIP',
        `Router interface for subnet ${subnet.id} on router ${router.id} cannot be deleted, as it is required by one or more floating IPs.`,
      )
    }
  }
}
