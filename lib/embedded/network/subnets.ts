import {
  type Cidr,
  contains,
  formatAddress,
  hostRange,
  overlap,
  parseAddress,
  parseCidr,
  type Range,
  without,
} from './address.js'
import { type Caller, owned, owns, visible } from './caller.js'
import { subnets } from './definitions.js'
import { badRequest, conflict, forbidden, invalidInput, NeutronError } from './errors.js'
import { isSlaac, poolsOf, portsOnSubnet } from './ipam.js'
import { checkQuota } from './quotas.js'
import { changed, newDoc, readBody } from './resource.js'
import { type Doc, find, insert, remove, replace, type StoredDoc } from './store.js'

export const createSubnet = async (caller: Caller, values: unknown): Promise<StoredDoc> => {
  const { db, context } = caller
  const given = readBody(subnets, 'POST', values, context)
  const network = await visible(caller, 'network', String(given.network_id))
  if (!owns(caller, network)) throw forbidden('rule:create_subnet')
  const cidr = cidrOf(given)
  checkModes(given, cidr)

  const neighbours = await find(db, 'subnet', { parents: [network.id] })
  if (neighbours.some(other => overlap(cidr, cidrOf(other)))) {
    throw invalidInput(
      `Requested subnet with cidr: ${given.cidr} for network: ${network.id} overlaps with another subnet`,
    )
  }

  const doc = newDoc(subnets, given, context)
  await checkQuota(db, 'subnet', String(doc.tenant_id))
  if (given.gateway_ip === undefined) {
    doc.gateway_ip = cidr.last === cidr.first ? null : firstHost(cidr)
  }
  checkGateway(cidr, doc.gateway_ip)
  doc.allocation_pools = given.allocation_pools ?? defaultPools(cidr, doc.gateway_ip)
  checkPools(cidr, doc)
  await insert(db, 'subnet', doc)
  return doc
}

export const updateSubnet = async (
  caller: Caller,
  id: string,
  values: unknown,
): Promise<StoredDoc> => {
  const old = await owned(caller, 'subnet', id)
  const given = readBody(subnets, 'PUT', values, caller.context)
  const doc = changed(old, given)
  const cidr = cidrOf(doc)
  if (given.gateway_ip !== undefined) checkGateway(cidr, doc.gateway_ip)
  if (given.gateway_ip !== undefined || given.allocation_pools !== undefined) checkPools(cidr, doc)
  await replace(caller.db, 'subnet', doc)
  return doc
}

export const deleteSubnet = async (caller: Caller, id: string): Promise<void> => {
  await owned(caller, 'subnet', id)
  if ((await portsOnSubnet(caller.db, id)).length) {
    throw conflict(
      'SubnetInUse',
      `Unable to complete operation on subnet ${id}: One or more ports have an IP allocation from this subnet.`,
    )
  }
  await remove(caller.db, 'subnet', id)
}

const cidrOf = (doc: Doc): Cidr => {
  const cidr = parseCidr(doc.cidr)
  if (!cidr)
    throw badRequest(`Invalid input for cidr. Reason: '${doc.cidr}' is not a valid IP subnet.`)
  return cidr
}

const checkModes = (given: Doc, cidr: Cidr): void => {
  if (cidr.version !== given.ip_version) {
    throw invalidInput(`cidr '${given.cidr}' does not match the ip_version '${given.ip_version}'`)
  }
  // Neutron's own rule: a link of one IPv4 host has nobody to speak to.
  if (cidr.prefix === 0) throw invalidInput(`0 is not allowed as CIDR prefix length`)
  const modes = given.ipv6_address_mode ?? given.ipv6_ra_mode
  if (modes !== undefined && modes !== null && cidr.version === 4) {
    throw invalidInput(
      'ipv6_ra_mode or ipv6_address_mode cannot be set when ip_version is set to 4',
    )
  }
  if (isSlaac(given) && cidr.prefix !== 64) {
    throw invalidInput(
      `Invalid CIDR ${given.cidr} for IPv6 address mode. OpenStack uses the EUI-64 address format, which requires the prefix to be /64`,
    )
  }
}

const firstHost = (cidr: Cidr): string => formatAddress(cidr.version, hostRange(cidr).start)

const checkGateway = (cidr: Cidr, gateway: unknown): void => {
  if (gateway === null) return
  const address = parseAddress(gateway)
  const version = cidr.version
  if (!address || address.version !== version) {
    throw invalidInput(`gateway_ip '${gateway}' does not match the ip_version '${version}'`)
  }
  // An IPv6 gateway may be link-local, outside of the subnet.
  const linkLocal = version === 6 && address.value >> 118n === 0x3fan
  const { start, end } = hostRange(cidr)
  const inside = address.value >= start && address.value <= end
  if (!linkLocal && (!contains(cidr, address) || !inside)) {
    throw invalidInput('Gateway is not valid on subnet')
  }
}

const defaultPools = (cidr: Cidr, gateway: unknown): { start: string; end: string }[] =>
  without(hostRange(cidr), parseAddress(gateway)?.value ?? null).map(({ start, end }) => ({
    start: formatAddress(cidr.version, start),
    end: formatAddress(cidr.version, end),
  }))

const checkPools = (cidr: Cidr, doc: Doc): void => {
  const text = (pool: Range): string =>
    `${formatAddress(cidr.version, pool.start)}-${formatAddress(cidr.version, pool.end)}`
  const pools = poolsOf(doc).toSorted((a, b) => (a.start < b.start ? -1 : 1))
  const given = Array.isArray(doc.allocation_pools) ? doc.allocation_pools : []
  for (const pool of given) {
    const start = parseAddress(pool.start)
    const end = parseAddress(pool.end)
    if (
      start?.version !== cidr.version ||
      end?.version !== cidr.version ||
      start.value > end.value
    ) {
      throw new NeutronError(
        400,
        'InvalidAllocationPool',
        `The allocation pool ${pool.start}-${pool.end} is not valid.`,
      )
    }
  }
  const { start, end } = hostRange(cidr)
  const gateway = parseAddress(doc.gateway_ip)
  pools.forEach((pool, index) => {
    if (pool.start < start || pool.end > end) {
      throw new NeutronError(
        400,
        'OutOfBoundsAllocationPool',
        `The allocation pool ${text(pool)} spans beyond the subnet cidr ${doc.cidr}.`,
      )
    }
    const before = pools[index - 1]
    if (before && before.end >= pool.start) {
      throw conflict(
        'OverlappingAllocationPools',
        `Found overlapping allocation pools: ${text(before)} ${text(pool)} for subnet ${doc.cidr}.`,
      )
    }
    if (gateway && gateway.value >= pool.start && gateway.value <= pool.end) {
      throw conflict(
        'GatewayConflictWithAllocationPools',
        `Gateway ip ${doc.gateway_ip} conflicts with allocation pool ${text(pool)}.`,
      )
    }
  })
}
