import {
  Invalid,
  InvalidCidr,
  InvalidInput,
  InvalidIpProtocol,
  InvalidPortRange,
} from '../exception/index.js'
import { type Doc, docOf } from './neutron-client.js'

/** nova's form of a rule that lets something in. */
export interface SecurityGroupRule {
  readonly id: string
  readonly parentGroupId: string
  readonly protocol: string | null
  /** ICMP: the type; -1: any */
  readonly fromPort: number | null
  /** ICMP: the code; -1: any */
  readonly toPort: number | null
  /** From servers of this group; null: from `cidr` */
  readonly groupId: string | null
  readonly cidr: string
}

/** nova's form of a group. */
export interface SecurityGroup {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly projectId: string
  readonly rules: readonly SecurityGroupRule[]
}

/** A rule to be made. */
export type IngressRule = Partial<Pick<SecurityGroupRule, 'protocol' | 'fromPort' | 'toPort'>> &
  (
    | { readonly cidr: string; readonly groupId?: never }
    | { readonly groupId: string; readonly cidr?: never }
  )

/** What a body says of a rule; nothing of it is checked yet. */
export interface WantedRule {
  readonly protocol: unknown
  readonly fromPort: unknown
  readonly toPort: unknown
  readonly cidr: unknown
  readonly groupId: string | null
}

const EVERYBODY = '0.0.0.0/0'

export const securityGroupOf = (doc: Doc): SecurityGroup => ({
  id: String(doc.id),
  name: String(doc.name ?? ''),
  description: typeof doc.description === 'string' ? doc.description : null,
  projectId: String(doc.tenant_id),
  rules: (Array.isArray(doc.security_group_rules) ? doc.security_group_rules : [])
    .map(docOf)
    .filter(({ direction }) => direction === 'ingress')
    .map(securityGroupRuleOf),
})

export const securityGroupRuleOf = (doc: Doc): SecurityGroupRule => {
  const protocol = typeof doc.protocol === 'string' ? doc.protocol : null
  const min = numberOf(doc.port_range_min)
  const max = numberOf(doc.port_range_max)
  const [fromPort, toPort] = min === null && max === null ? allPorts(protocol) : [min, max]
  return {
    id: String(doc.id),
    parentGroupId: String(doc.security_group_id),
    protocol,
    fromPort,
    toPort,
    groupId: typeof doc.remote_group_id === 'string' ? doc.remote_group_id : null,
    cidr: typeof doc.remote_ip_prefix === 'string' ? doc.remote_ip_prefix : EVERYBODY,
  }
}

/** How a rule without ports is told. */
const allPorts = (protocol: string | null): readonly [number | null, number | null] => {
  if (protocol === null) return [null, null]
  return isTcpOrUdp(protocol) ? [1, 65_535] : [-1, -1]
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null)

const isTcpOrUdp = (protocol: string): boolean => /^(tcp|udp)$/i.test(protocol)
const isIcmp = (protocol: string): boolean => /^icmp$/i.test(protocol)

/** The body of POST /security-group-rules. A rule for a group is one for IPv4. */
export const neutronRule = (groupId: string, rule: IngressRule): Doc => ({
  direction: 'ingress',
  security_group_id: groupId,
  protocol: rule.protocol ?? null,
  ethertype: rule.cidr?.includes(':') ? 'IPv6' : 'IPv4',
  remote_ip_prefix: rule.cidr ?? null,
  remote_group_id: rule.groupId ?? null,
  ...portOf('port_range_min', rule.fromPort),
  ...portOf('port_range_max', rule.toPort),
})

const portOf = (key: string, port: number | null | undefined): Doc =>
  port === undefined || port === null || port === -1 ? {} : { [key]: port }

/**
 * Reads a rule: from a group without ports means all of them, from a range protocol and ports must be given.
 *
 * @param isCidr  whether a text is an address range
 * @throws InvalidCidr, InvalidInput, InvalidIpProtocol, InvalidPortRange, Invalid (all 400)
 */
export const readIngressRule = (
  wanted: WantedRule,
  isCidr: (text: string) => boolean,
): IngressRule => {
  const source =
    wanted.groupId === null ? { cidr: readCidr(wanted.cidr, isCidr) } : { groupId: wanted.groupId }
  const protocol = wanted.protocol ? String(wanted.protocol) : null
  const { fromPort, toPort } = portsOf(wanted, protocol)
  if (protocol !== null && !isNothing(fromPort) && !isNothing(toPort)) {
    return { ...source, protocol, ...readRange(protocol, fromPort, toPort) }
  }
  if (wanted.groupId === null) throw new Invalid('Not enough parameters to build a valid rule.')
  return source
}

const isNothing = (value: unknown): boolean => value === null || value === undefined

const portsOf = (
  { fromPort, toPort, groupId }: WantedRule,
  protocol: string | null,
): Pick<WantedRule, 'fromPort' | 'toPort'> => {
  const open = groupId !== null && protocol !== null && isNothing(fromPort) && isNothing(toPort)
  if (!open || !(isIcmp(protocol) || isTcpOrUdp(protocol))) return { fromPort, toPort }
  const [from, to] = allPorts(protocol)
  return { fromPort: from, toPort: to }
}

const readCidr = (value: unknown, isCidr: (text: string) => boolean): string => {
  if (!value) return EVERYBODY
  const cidr = unescaped(String(value))
  if (cidr === null || !isCidr(cidr)) throw new InvalidCidr({ cidr: String(value) })
  const [address, prefix] = cidr.split('/')
  if (prefix === '0' && address !== '0.0.0.0' && address !== '::') {
    throw new Invalid(`Bad prefix for network in cidr ${cidr}`)
  }
  return cidr
}

/** It may come as from an address line. */
const unescaped = (text: string): string | null => {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

const readRange = (
  protocol: string,
  from: unknown,
  to: unknown,
): { readonly fromPort: number; readonly toPort: number } => {
  const fromPort = integerOf(from)
  const toPort = integerOf(to)
  if (fromPort === null || toPort === null) {
    throw new InvalidInput({
      reason: isIcmp(protocol)
        ? 'Type and Code must be integers for ICMP protocol type'
        : 'To and From ports must be integers',
    })
  }
  const refused = (msg: string) =>
    new InvalidPortRange({ from_port: fromPort, to_port: toPort, msg })
  if (isIcmp(protocol)) {
    if (Math.min(fromPort, toPort) < -1 || Math.max(fromPort, toPort) > 255) {
      throw refused('For ICMP, the type:code must be valid')
    }
  } else if (!isTcpOrUdp(protocol)) {
    throw new InvalidIpProtocol({ protocol })
  } else if (fromPort > toPort) {
    throw refused('Former value cannot be greater than the later')
  } else if (fromPort < 1 || toPort > 65_535) {
    throw refused(`Valid ${protocol.toUpperCase()} ports should be between 1-65535`)
  }
  return { fromPort, toPort }
}

const integerOf = (value: unknown): number | null => {
  if (typeof value === 'number') return Math.trunc(value)
  return typeof value === 'string' && /^\s*[+-]?\d{1,15}\s*$/.test(value) ? Number(value) : null
}
