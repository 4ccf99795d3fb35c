import { randomUUID } from 'node:crypto'
import { isAdmin, now } from '../support/request.js'
import { contains, formatCidr, parseAddress, parseCidr } from './address.js'
import { type Caller, owned, visible } from './caller.js'
import { securityGroupRules, securityGroups } from './definitions.js'
import { conflict, NeutronError } from './errors.js'
import { checkQuota } from './quotas.js'
import { changed, newDoc, readBody } from './resource.js'
import { type Db, type Doc, find, insert, remove, replace, type StoredDoc } from './store.js'

export const createGroup = async (caller: Caller, values: unknown): Promise<StoredDoc> => {
  const { db, context } = caller
  const given = readBody(securityGroups, 'POST', values, context)
  const doc = newDoc(securityGroups, given, context)
  const project = String(doc.tenant_id)
  await ensureDefaultGroup(db, project)
  if (doc.name === 'default') {
    throw conflict('SecurityGroupDefaultAlreadyExists', 'Default security group already exists.')
  }
  await checkQuota(db, 'security_group', project)
  await insert(db, 'security_group', doc)
  for (const ethertype of ['IPv4', 'IPv6'])
    await addRule(db, doc, { direction: 'egress', ethertype })
  return withRules(db, doc)
}

export const updateGroup = async (
  caller: Caller,
  id: string,
  values: unknown,
): Promise<StoredDoc> => {
  const old = await owned(caller, 'security_group', id)
  const given = readBody(securityGroups, 'PUT', values, caller.context)
  if (old.name === 'default' && given.name !== undefined && given.name !== 'default') {
    throw conflict(
      'SecurityGroupCannotUpdateDefault',
      'Updating default security group not allowed.',
    )
  }
  const doc = changed(old, given)
  await replace(caller.db, 'security_group', doc)
  return withRules(caller.db, doc)
}

export const deleteGroup = async (caller: Caller, id: string): Promise<void> => {
  const { db, context } = caller
  const group = await owned(caller, 'security_group', id)
  const ports = await find(db, 'port', { projects: [String(group.tenant_id)] })
  if (
    ports.some(port => Array.isArray(port.security_groups) && port.security_groups.includes(id))
  ) {
    throw conflict('SecurityGroupInUse', `Security Group ${id} in use.`)
  }
  if (group.name === 'default' && !isAdmin(context)) {
    throw conflict(
      'SecurityGroupCannotRemoveDefault',
      'Insufficient rights for removing default security group.',
    )
  }
  for (const rule of await find(db, 'security_group_rule', { parents: [id] })) {
    await remove(db, 'security_group_rule', rule.id)
  }
  await remove(db, 'security_group', id)
}

/** Every project has a group `default`, from the first time that anything asks for it. */
export const ensureDefaultGroup = async (db: Db, project: string): Promise<StoredDoc> => {
  const [known] = await find(db, 'security_group', { projects: [project], names: ['default'] })
  if (known) return known
  const time = now()
  const doc: StoredDoc = {
    id: randomUUID(),
    name: 'default',
    tenant_id: project,
    stateful: true,
    shared: false,
    security_group_rules: [],
    description: 'Default security group',
    tags: [],
    created_at: time,
    updated_at: time,
    revision_number: 1,
    project_id: project,
  }
  await insert(db, 'security_group', doc)
  for (const ethertype of ['IPv4', 'IPv6']) {
    await addRule(db, doc, { direction: 'ingress', ethertype, remote_group_id: doc.id })
    await addRule(db, doc, { direction: 'egress', ethertype })
  }
  return doc
}

const addRule = async (db: Db, group: StoredDoc, values: Doc): Promise<void> => {
  const time = now()
  await insert(db, 'security_group_rule', {
    id: randomUUID(),
    tenant_id: group.tenant_id,
    security_group_id: group.id,
    ethertype: values.ethertype,
    direction: values.direction,
    protocol: null,
    port_range_min: null,
    port_range_max: null,
    remote_ip_prefix: null,
    remote_group_id: values.remote_group_id ?? null,
    remote_address_group_id: null,
    normalized_cidr: null,
    description: null,
    tags: [],
    created_at: time,
    updated_at: time,
    revision_number: 1,
    project_id: group.tenant_id,
  })
}

export const withRules = async (db: Db, doc: StoredDoc): Promise<StoredDoc> =>
  (await allWithRules(db, [doc]))[0] ?? doc

export const allWithRules = async (db: Db, docs: readonly StoredDoc[]): Promise<StoredDoc[]> => {
  const rules = docs.length
    ? await find(db, 'security_group_rule', { parents: docs.map(doc => doc.id) })
    : []
  return docs.map(doc => ({
    ...doc,
    security_group_rules: rules.filter(rule => rule.security_group_id === doc.id),
  }))
}

export const createRule = async (caller: Caller, values: unknown): Promise<StoredDoc> => {
  const { db, context } = caller
  const given = readBody(securityGroupRules, 'POST', values, context)
  const group = await owned(caller, 'security_group', String(given.security_group_id))
  const doc = newDoc(
    securityGroupRules,
    { ...given, tenant_id: undefined, project_id: undefined },
    context,
  )
  doc.tenant_id = group.tenant_id
  doc.project_id = group.tenant_id
  doc.protocol = protocolOf(doc.protocol)
  checkPortRange(doc)
  await checkRemote(caller, doc)
  await checkQuota(db, 'security_group_rule', String(group.tenant_id))
  const rules = await find(db, 'security_group_rule', { parents: [group.id] })
  const same = rules.find(rule => identity.every(key => rule[key] === doc[key]))
  if (same) {
    throw conflict(
      'SecurityGroupRuleExists',
      `Security group rule already exists. Rule id is ${same.id}.`,
    )
  }
  await insert(db, 'security_group_rule', doc)
  return doc
}

export const deleteRule = async (caller: Caller, id: string): Promise<void> => {
  await owned(caller, 'security_group_rule', id)
  await remove(caller.db, 'security_group_rule', id)
}

/** Two rules of a group that agree in these are the same rule. */
const identity = [
  'direction',
  'ethertype',
  'protocol',
  'port_range_min',
  'port_range_max',
  'remote_ip_prefix',
  'remote_group_id',
]

const protocolNames: readonly string[] = [
  'ah',
  'dccp',
  'egp',
  'esp',
  'gre',
  'hopopt',
  'icmp',
  'icmpv6',
  'igmp',
  'ip',
  'ipip',
  'ipv6-encap',
  'ipv6-frag',
  'ipv6-icmp',
  'ipv6-nonxt',
  'ipv6-opts',
  'ipv6-route',
  'ospf',
  'pgm',
  'rsvp',
  'sctp',
  'tcp',
  'udp',
  'udplite',
  'vrrp',
]

const protocolOf = (value: unknown): string | null => {
  if (value === null || value === 'any' || value === '') return null
  const text = String(value).toLowerCase()
  const known = (typeof value === 'string' && protocolNames.includes(text)) || isByte(text)
  if (known) return text
  throw new NeutronError(
    400,
    'SecurityGroupRuleInvalidProtocol',
    `Security group rule protocol ${String(JSON.stringify(value)).slice(0, 64)} not supported. Only protocol values [${protocolNames.join(', ')}] and integer representations [0 to 255] are supported.`,
  )
}

const isByte = (text: string): boolean => /^\d{1,3}$/.test(text) && Number(text) <= 255

const withPorts = new Set(['tcp', 'udp', 'dccp', 'sctp', 'udplite', '6', '17', '33', '132', '136'])
const icmp = new Set(['icmp', 'icmpv6', 'ipv6-icmp', '1', '58'])

const checkPortRange = (doc: Doc): void => {
  const min = portNumber(doc.port_range_min)
  const max = portNumber(doc.port_range_max)
  doc.port_range_min = min
  doc.port_range_max = max
  if (min === null && max === null) return
  const protocol = doc.protocol
  if (protocol === null) {
    throw new NeutronError(
      400,
      'SecurityGroupProtocolRequiredWithPorts',
      'Must also specify protocol if port range is given.',
    )
  }
  if (icmp.has(String(protocol))) {
    if (min === null) {
      throw new NeutronError(
        400,
        'SecurityGroupMissingIcmpType',
        `ICMP code (port-range-max) ${max} is provided but ICMP type (port-range-min) is missing.`,
      )
    }
    for (const [field, attr, value] of [
      ['port_range_min', 'type', min],
      ['port_range_max', 'code', max],
    ] as const) {
      if (value !== null && value > 255) {
        throw new NeutronError(
          400,
          'SecurityGroupInvalidIcmpValue',
          `Invalid value for ICMP ${attr} (${field}) ${value}. It must be 0 to 255.`,
        )
      }
    }
    return
  }
  if (withPorts.has(String(protocol)) && (min === null || max === null || min > max)) {
    throw new NeutronError(
      400,
      'SecurityGroupInvalidPortRange',
      'For TCP/UDP protocols, port_range_min must be <= port_range_max',
    )
  }
}

const portNumber = (value: unknown): number | null => {
  if (value === null) return null
  const number = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= 65_535) {
    return number
  }
  throw new NeutronError(
    400,
    'SecurityGroupInvalidPortValue',
    `Invalid value for port ${String(JSON.stringify(value)).slice(0, 64)}`,
  )
}

const checkRemote = async (caller: Caller, doc: Doc): Promise<void> => {
  if (doc.remote_ip_prefix !== null && doc.remote_group_id !== null) {
    throw new NeutronError(
      400,
      'SecurityGroupRemoteGroupAndRemoteIpPrefix',
      'Only remote_ip_prefix or remote_group_id may be provided.',
    )
  }
  if (doc.remote_group_id !== null) {
    await visible(caller, 'security_group', String(doc.remote_group_id))
  }
  if (doc.remote_ip_prefix === null) return
  const text = String(doc.remote_ip_prefix)
  const address = parseAddress(text)
  const cidr = parseCidr(address ? `${text}/${address.version === 4 ? 32 : 128}` : text)
  if (!cidr || doc.ethertype !== `IPv${cidr.version}`) {
    throw new NeutronError(
      400,
      'SecurityGroupRuleParameterConflict',
      `Conflicting value ethertype ${doc.ethertype} for CIDR ${text}`,
    )
  }
  doc.normalized_cidr = formatCidr(cidr)
  if (address && contains(cidr, address)) doc.remote_ip_prefix = formatCidr(cidr)
}
