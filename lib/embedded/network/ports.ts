import { isAdmin } from '../support/request.js'
import { type Caller, owned, owns, visible } from './caller.js'
import { ports } from './definitions.js'
import { disassociatePort } from './disassociate.js'
import { conflict, forbidden, NeutronError, notFound } from './errors.js'
import {
  allocateIps,
  allocateMac,
  type FixedIp,
  releaseIp,
  releaseIps,
  releaseMac,
  reserveMac,
  type WantedIp,
} from './ipam.js'
import { tell } from './port-events.js'
import { checkQuota } from './quotas.js'
import { changed, newDoc, readBody } from './resource.js'
import { ensureDefaultGroup } from './security-groups.js'
import { type Doc, find, insert, remove, replace, type StoredDoc } from './store.js'

/** Of a port, by its host. The one that counts stands in the port's own fields, the others beside them. */
export interface Binding {
  readonly host: string
  readonly vnic_type: string
  readonly profile: Readonly<Record<string, unknown>>
}

export const OTHER_BINDINGS = '_other_bindings'

export const otherBindingsOf = (port: Doc): Binding[] => {
  const others = port[OTHER_BINDINGS]
  return Array.isArray(others) ? (others as Binding[]) : []
}

/** What Open vSwitch's driver says of a port it has bound. */
export const ovsDetails = {
  connectivity: 'l2',
  port_filter: true,
  ovs_hybrid_plug: false,
  datapath_type: 'system',
  bridge_name: 'br-int',
  bound_drivers: { '0': 'openvswitch' },
}

export const createPort = async (caller: Caller, values: unknown): Promise<StoredDoc> => {
  const { db, context } = caller
  const given = readBody(ports, 'POST', values, context)
  const network = await visible(caller, 'network', String(given.network_id))
  if (given.mac_address !== undefined && !owns(caller, network)) {
    throw forbidden('(rule:create_port and rule:create_port:mac_address)')
  }
  const doc = newDoc(ports, given, context)
  await checkQuota(db, 'port', String(doc.tenant_id))
  return addPort(caller, network, doc, {
    mac: stringOf(given.mac_address),
    ips: wantedIps(given.fixed_ips),
    groups: given.security_groups,
  })
}

interface Wanted {
  readonly mac?: string | null
  /** null: whatever the network gives */
  readonly ips: readonly WantedIp[] | null
  /** ids; undefined: the project's default group */
  readonly groups?: unknown
}

/** Puts a port into a network: addresses, groups, binding. */
const addPort = async (
  caller: Caller,
  network: StoredDoc,
  doc: StoredDoc,
  wanted: Wanted,
): Promise<StoredDoc> => {
  const { db } = caller
  let mac = wanted.mac ?? null
  if (mac === null) mac = await allocateMac(db, network.id, doc.id)
  else await reserveMac(db, network.id, mac, doc.id)
  doc.mac_address = mac
  doc.fixed_ips = await allocateIps(db, network.id, doc.id, mac, wanted.ips)
  doc.port_security_enabled ??= network.port_security_enabled !== false
  doc.security_groups = await groupsFor(caller, doc, wanted.groups)
  bind(doc)
  await insert(db, 'port', doc)
  return doc
}

/** A port that the service makes for itself (a router's legs, floating addresses). */
export const addServicePort = (
  caller: Caller,
  network: StoredDoc,
  values: Doc,
  ips: readonly WantedIp[] | null,
): Promise<StoredDoc> => {
  const doc = newDoc(ports, { ...values, port_security_enabled: false }, caller.context)
  doc.tenant_id = values.tenant_id ?? ''
  doc.project_id = doc.tenant_id
  return addPort(caller, network, doc, { ips })
}

export const updatePort = async (
  caller: Caller,
  id: string,
  values: unknown,
): Promise<StoredDoc> => {
  const { db, context } = caller
  const old = await owned(caller, 'port', id)
  const given = readBody(ports, 'PUT', values, context)
  const doc = changed(old, given)

  if (given.mac_address !== undefined && given.mac_address !== old.mac_address) {
    if (!isAdmin(context)) throw forbidden('(rule:update_port and rule:update_port:mac_address)')
    await releaseMac(db, id)
    await reserveMac(db, String(old.network_id), String(given.mac_address), id)
  }
  if (given.fixed_ips !== undefined) {
    doc.fixed_ips = await changeIps(caller, old, wantedIps(given.fixed_ips) ?? [], doc)
    tell(caller, 'network-changed', doc)
  }
  if (given.security_groups !== undefined || given.port_security_enabled !== undefined) {
    const groups = given.security_groups === undefined ? old.security_groups : given.security_groups
    doc.security_groups = await groupsFor(caller, doc, groups)
  }
  bind(doc)
  // A host that the port is bound to has no other binding of it.
  const others = otherBindingsOf(doc).filter(one => one.host !== doc['binding:host_id'])
  await replace(db, 'port', { ...doc, [OTHER_BINDINGS]: others })
  return doc
}

export const deletePort = async (caller: Caller, id: string): Promise<void> => {
  const port = await owned(caller, 'port', id)
  const owner = String(port.device_owner)
  if (
    ['network:router_interface', 'network:router_gateway', 'network:floatingip'].includes(owner)
  ) {
    throw conflict(
      'ServicePortInUse',
      `Port ${id} cannot be deleted directly via the port API: has device owner ${owner}.`,
    )
  }
  await removePort(caller, port)
}

export const removePort = async (caller: Caller, port: StoredDoc): Promise<void> => {
  const { db } = caller
  await disassociatePort(db, port.id)
  await releaseIps(db, port.id)
  await releaseMac(db, port.id)
  await remove(db, 'port', port.id)
  tell(caller, 'network-vif-deleted', port)
}

/** Addresses that stay keep their row; the others are given back before new ones are taken. */
const changeIps = async (
  { db }: Caller,
  old: StoredDoc,
  wanted: readonly WantedIp[],
  doc: Doc,
): Promise<FixedIp[]> => {
  const had = fixedIpsOf(old)
  const kept = new Map<WantedIp, FixedIp>()
  for (const one of wanted) {
    const same = had.find(
      ip =>
        ![...kept.values()].includes(ip) &&
        (one.ip_address === undefined || one.ip_address === ip.ip_address) &&
        (one.subnet_id === undefined || one.subnet_id === ip.subnet_id),
    )
    if (same) kept.set(one, same)
  }
  for (const ip of had) {
    if (![...kept.values()].includes(ip)) await releaseIp(db, old.id, ip.ip_address)
  }
  const fixed: FixedIp[] = []
  for (const one of wanted) {
    const same = kept.get(one)
    const networkId = String(old.network_id)
    fixed.push(
      ...(same ? [same] : await allocateIps(db, networkId, old.id, String(doc.mac_address), [one])),
    )
  }
  return fixed
}

const groupsFor = async (caller: Caller, port: Doc, asked: unknown): Promise<string[]> => {
  const { db } = caller
  if (port.port_security_enabled === false) {
    if (Array.isArray(asked) && asked.length) {
      throw new NeutronError(
        409,
        'PortSecurityAndIPRequiredForSecurityGroups',
        'Port security must be enabled and port must have an IP address in order to use security groups.',
      )
    }
    return []
  }
  if (asked === undefined || asked === null) {
    if (String(port.device_owner).startsWith('network:')) return []
    return [(await ensureDefaultGroup(db, String(port.tenant_id))).id]
  }
  const ids = Array.isArray(asked) ? asked.map(String) : []
  const found = ids.length ? await find(db, 'security_group', { ids }) : []
  for (const id of ids) {
    const group = found.find(one => one.id === id)
    // A port may bear its own project's groups, whoever changes it.
    if (!group || !(owns(caller, group) || group.tenant_id === port.tenant_id)) {
      throw notFound('security_group', id)
    }
  }
  return ids
}

/** Binding follows from the host: there is one mechanism, and it never fails. */
const bind = (doc: Doc): void => {
  const bound = doc['binding:host_id'] !== ''
  doc['binding:vif_type'] = bound ? 'ovs' : 'unbound'
  doc['binding:vif_details'] = bound ? ovsDetails : {}
  const service = String(doc.device_owner).startsWith('network:')
  doc.status = doc.admin_state_up !== false && (bound || service) ? 'ACTIVE' : 'DOWN'
}

export const fixedIpsOf = (port: Doc): FixedIp[] =>
  Array.isArray(port.fixed_ips) ? (port.fixed_ips as FixedIp[]) : []

const wantedIps = (value: unknown): readonly WantedIp[] | null =>
  Array.isArray(value) ? (value as WantedIp[]) : null

const stringOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
