import { randomBytes } from 'node:crypto'
import { duplicateEntry } from '../../db/errors.js'
import {
  contains,
  eui64,
  formatAddress,
  hostRange,
  parseAddress,
  parseCidr,
  type Range,
  sortKey,
} from './address.js'
import { badRequest, conflict, invalidInput, NeutronError } from './errors.js'
import { type Db, type Doc, find, type StoredDoc } from './store.js'

export interface FixedIp {
  readonly subnet_id: string
  readonly ip_address: string
}

/** What a body asks for: a subnet, an address, or both. */
export type WantedIp = Partial<FixedIp>

/** A MAC that nothing in the network has yet: `fa:16:3e` and three random bytes. */
export const allocateMac = async (db: Db, networkId: string, portId: string): Promise<string> => {
  for (let tries = 0; tries < 16; tries++) {
    const mac = `fa:16:3e:${[...randomBytes(3)].map(byte => byte.toString(16).padStart(2, '0')).join(':')}`
    if (await takeMac(db, networkId, mac, portId)) return mac
  }
  throw new NeutronError(
    503,
    'MacAddressGenerationFailure',
    `Unable to generate unique mac on network ${networkId}.`,
  )
}

/** @throws 409 MacAddressInUse */
export const reserveMac = async (
  db: Db,
  networkId: string,
  mac: string,
  portId: string,
): Promise<void> => {
  if (await takeMac(db, networkId, mac, portId)) return
  throw conflict(
    'MacAddressInUse',
    `Unable to complete operation for network ${networkId}. The mac address ${mac} is in use.`,
  )
}

const takeMac = (db: Db, networkId: string, mac: string, portId: string): Promise<boolean> =>
  unlessTaken(db.insertInto('macs').values({ network_id: networkId, mac, port_id: portId }))

export const releaseMac = async (db: Db, portId: string): Promise<void> => {
  await db.deleteFrom('macs').where('port_id', '=', portId).execute()
}

/**
 * Addresses for a port.
 *
 * @param wanted  null: one of an IPv4 subnet, one of an IPv6 subnet, and one of each subnet whose
 *                addresses follow from the MAC
 */
export const allocateIps = async (
  db: Db,
  networkId: string,
  portId: string,
  mac: string,
  wanted: readonly WantedIp[] | null,
): Promise<FixedIp[]> => {
  const subnets = await find(db, 'subnet', { parents: [networkId] })
  if (wanted) {
    const fixed: FixedIp[] = []
    for (const one of wanted)
      fixed.push(await allocateWanted(db, subnets, networkId, portId, mac, one))
    return fixed
  }

  const slaac = subnets.filter(isSlaac)
  const pooled = subnets.filter(subnet => !isSlaac(subnet))
  const fixed: FixedIp[] = []
  for (const version of [4, 6]) {
    const candidates = pooled.filter(subnet => subnet.ip_version === version)
    if (!candidates.length) continue
    fixed.push(await allocateFromPools(db, candidates, networkId, portId))
  }
  for (const subnet of slaac) fixed.push(await allocateSlaac(db, subnet, networkId, portId, mac))
  return fixed
}

export const releaseIps = async (db: Db, portId: string): Promise<void> => {
  await db.deleteFrom('addresses').where('port_id', '=', portId).execute()
}

export const releaseIp = async (db: Db, portId: string, ip: string): Promise<void> => {
  await db.deleteFrom('addresses').where('port_id', '=', portId).where('ip', '=', ip).execute()
}

/** Ports with an address of this subnet. */
export const portsOnSubnet = async (db: Db, subnetId: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('addresses')
    .select('port_id')
    .where('subnet_id', '=', subnetId)
    .execute()
  return [...new Set(rows.map(row => row.port_id))]
}

export const portsWithAddress = async (db: Db, ips: readonly string[]): Promise<string[]> => {
  const rows = await db
    .selectFrom('addresses')
    .select('port_id')
    .where('ip', 'in', ips.length ? [...ips] : [''])
    .execute()
  return rows.map(row => row.port_id)
}

export const isSlaac = (subnet: Doc): boolean =>
  subnet.ipv6_address_mode === 'slaac' || subnet.ipv6_address_mode === 'dhcpv6-stateless'

export const poolsOf = (subnet: Doc): Range[] => {
  const pools = Array.isArray(subnet.allocation_pools) ? subnet.allocation_pools : []
  return pools.flatMap((pool: Doc) => {
    const start = parseAddress(pool.start)
    const end = parseAddress(pool.end)
    return start && end ? [{ start: start.value, end: end.value }] : []
  })
}

const allocateWanted = async (
  db: Db,
  subnets: readonly StoredDoc[],
  networkId: string,
  portId: string,
  mac: string,
  wanted: WantedIp,
): Promise<FixedIp> => {
  const { ip_address: ip, subnet_id: subnetId } = wanted
  if (ip === undefined) {
    if (subnetId === undefined) throw badRequest('IP allocation requires subnet_id or ip_address')
    const subnet = subnets.find(one => one.id === subnetId)
    if (!subnet) throw notOnNetwork(networkId, subnetId)
    return isSlaac(subnet)
      ? allocateSlaac(db, subnet, networkId, portId, mac)
      : allocateFromPools(db, [subnet], networkId, portId)
  }
  const subnet =
    subnetId === undefined ? subnetFor(subnets, ip) : subnets.find(one => one.id === subnetId)
  if (!subnet) {
    if (subnetId !== undefined) throw notOnNetwork(networkId, subnetId)
    throw new NeutronError(
      400,
      'InvalidIpForNetwork',
      `IP address ${ip} is not a valid IP for any of the subnets on the specified network.`,
    )
  }
  if (!mayBear(subnet, ip)) {
    throw new NeutronError(
      400,
      'InvalidIpForSubnet',
      `IP address ${ip} is not a valid IP for the specified subnet.`,
    )
  }
  if (await take(db, networkId, subnet, ip, portId)) return { subnet_id: subnet.id, ip_address: ip }
  throw conflict(
    'IpAddressAlreadyAllocated',
    `IP address ${ip} already allocated in subnet ${subnet.id}`,
  )
}

const notOnNetwork = (networkId: string, subnetId: string): NeutronError =>
  invalidInput(
    `Failed to create port on network ${networkId}, because fixed_ips included invalid subnet ${subnetId}`,
  )

const subnetFor = (subnets: readonly StoredDoc[], ip: string): StoredDoc | undefined =>
  subnets.find(subnet => {
    const cidr = parseCidr(subnet.cidr)
    const address = parseAddress(ip)
    return cidr && address && contains(cidr, address)
  })

const mayBear = (subnet: Doc, ip: string): boolean => {
  const cidr = parseCidr(subnet.cidr)
  const address = parseAddress(ip)
  if (!cidr || address?.version !== cidr.version) return false
  const { start, end } = hostRange(cidr)
  return address.value >= start && address.value <= end
}

const allocateSlaac = async (
  db: Db,
  subnet: StoredDoc,
  networkId: string,
  portId: string,
  mac: string,
): Promise<FixedIp> => {
  const cidr = parseCidr(subnet.cidr)
  const ip = cidr ? formatAddress(6, eui64(cidr, mac)) : ''
  if (await take(db, networkId, subnet, ip, portId)) return { subnet_id: subnet.id, ip_address: ip }
  throw conflict(
    'IpAddressAlreadyAllocated',
    `IP address ${ip} already allocated in subnet ${subnet.id}`,
  )
}

/** Others may take an address between our look and our insert; then we look again. */
const TRIES = 10

const allocateFromPools = async (
  db: Db,
  subnets: readonly StoredDoc[],
  networkId: string,
  portId: string,
): Promise<FixedIp> => {
  for (const subnet of subnets) {
    for (let tries = 0; tries < TRIES; tries++) {
      const ip = await freeAddress(db, subnet)
      if (ip === undefined) break
      if (await take(db, networkId, subnet, ip, portId)) {
        return { subnet_id: subnet.id, ip_address: ip }
      }
    }
  }
  throw conflict(
    'IpAddressGenerationFailure',
    `No more IP addresses available on network ${networkId}.`,
  )
}

/**
 * The address behind the highest one in use, so that one just given back rests for a while; when a
 * pool's end is reached, the lowest gap.
 */
const freeAddress = async (db: Db, subnet: StoredDoc): Promise<string | undefined> => {
  const version = subnet.ip_version === 6 ? 6 : 4
  const pools = poolsOf(subnet)
  for (const pool of pools) {
    const highest = await keysIn(db, subnet.id, pool).orderBy('ip_key', 'desc').limit(1).execute()
    const next = highest[0] ? BigInt(`0x${highest[0].ip_key}`) + 1n : pool.start
    if (next <= pool.end) return formatAddress(version, next)
  }
  for (const pool of pools) {
    let candidate = pool.start
    for (const row of await keysIn(db, subnet.id, pool).orderBy('ip_key').execute()) {
      const used = BigInt(`0x${row.ip_key}`)
      if (used > candidate) break
      candidate = used + 1n
    }
    if (candidate <= pool.end) return formatAddress(version, candidate)
  }
  return undefined
}

const keysIn = (db: Db, subnetId: string, pool: Range) =>
  db
    .selectFrom('addresses')
    .select('ip_key')
    .where('subnet_id', '=', subnetId)
    .where('ip_key', '>=', sortKey(pool.start))
    .where('ip_key', '<=', sortKey(pool.end))

const take = (
  db: Db,
  networkId: string,
  subnet: StoredDoc,
  ip: string,
  portId: string,
): Promise<boolean> =>
  unlessTaken(
    db.insertInto('addresses').values({
      network_id: networkId,
      subnet_id: subnet.id,
      ip,
      ip_key: sortKey(parseAddress(ip)?.value ?? 0n),
      port_id: portId,
    }),
  )

/** @returns false when a unique key refuses the row */
const unlessTaken = async (statement: { execute(): Promise<unknown> }): Promise<boolean> => {
  try {
    await statement.execute()
    return true
  } catch (error) {
    if (duplicateEntry(error)) return false
    throw error
  }
}
