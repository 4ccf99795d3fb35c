import { isIPv4, isIPv6 } from 'node:net'

export type IpVersion = 4 | 6

export interface Address {
  readonly version: IpVersion
  readonly value: bigint
}

export interface Cidr {
  readonly version: IpVersion
  readonly prefix: number
  /** lowest address */
  readonly first: bigint
  /** highest address, a v4 subnet's broadcast */
  readonly last: bigint
}

/** Inclusive. */
export interface Range {
  readonly start: bigint
  readonly end: bigint
}

const bits = (version: IpVersion): number => (version === 4 ? 32 : 128)

/** @returns undefined when the text is no address; zones (`%eth0`) are none */
export const parseAddress = (text: unknown): Address | undefined => {
  if (typeof text !== 'string' || text.includes('%')) return undefined
  if (isIPv4(text)) return { version: 4, value: parseV4(text) }
  if (isIPv6(text)) return { version: 6, value: parseV6(text) }
  return undefined
}

const parseV4 = (text: string): bigint =>
  text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n)

const parseV6 = (text: string): bigint => {
  // An embedded IPv4 address stands for the last two groups.
  const tail = /[^:]*\.[^:]*$/.exec(text)?.[0]
  const v4 = tail === undefined ? undefined : parseV4(tail)
  const whole =
    v4 === undefined || tail === undefined
      ? text
      : `${text.slice(0, -tail.length)}${(v4 >> 16n).toString(16)}:${(v4 & 0xffffn).toString(16)}`
  const [head = '', rest] = whole.split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const left = groups(head)
  const right = rest === undefined ? [] : groups(rest)
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].reduce(
    (value, group) => (value << 16n) | BigInt(`0x${group}`),
    0n,
  )
}

/** IPv6 as RFC 5952 writes it. */
export const formatAddress = (version: IpVersion, value: bigint): string => {
  if (version === 4) {
    return [24n, 16n, 8n, 0n].map(shift => String((value >> shift) & 0xffn)).join('.')
  }
  const groups = Array.from({ length: 8 }, (_, i) => (value >> BigInt(112 - 16 * i)) & 0xffffn)
  const [at, length] = longestZeros(groups)
  const hex = (part: readonly bigint[]): string => part.map(group => group.toString(16)).join(':')
  if (length < 2) return hex(groups)
  return `${hex(groups.slice(0, at))}::${hex(groups.slice(at + length))}`
}

const longestZeros = (groups: readonly bigint[]): readonly [at: number, length: number] => {
  let best: readonly [number, number] = [0, 0]
  for (let i = 0; i < groups.length; i++) {
    let length = 0
    while (groups[i + length] === 0n) length++
    if (length > best[1]) best = [i, length]
  }
  return best
}

/** @returns undefined when the text is no CIDR; host bits are cut off */
export const parseCidr = (text: unknown): Cidr | undefined => {
  if (typeof text !== 'string') return undefined
  const [ip, length, more] = text.split('/')
  const address = parseAddress(ip)
  if (!address || more !== undefined || !/^\d{1,3}$/.test(length ?? '')) return undefined
  const prefix = Number(length)
  const total = bits(address.version)
  if (prefix > total) return undefined
  const hostBits = BigInt(total - prefix)
  const first = (address.value >> hostBits) << hostBits
  return { version: address.version, prefix, first, last: first + (1n << hostBits) - 1n }
}

export const formatCidr = (cidr: Cidr): string =>
  `${formatAddress(cidr.version, cidr.first)}/${cidr.prefix}`

export const contains = (cidr: Cidr, address: Address): boolean =>
  cidr.version === address.version && address.value >= cidr.first && address.value <= cidr.last

export const overlap = (a: Cidr, b: Cidr): boolean =>
  a.version === b.version && a.first <= b.last && b.first <= a.last

/** Addresses that a host may bear: without the subnet's own and, in IPv4, without its broadcast. */
export const hostRange = (cidr: Cidr): Range => {
  const total = bits(cidr.version)
  // RFC 3021 and single addresses: all of them are hosts.
  if (cidr.prefix >= total - 1) return { start: cidr.first, end: cidr.last }
  return { start: cidr.first + 1n, end: cidr.version === 4 ? cidr.last - 1n : cidr.last }
}

/** The range without one address: none, one or two ranges. */
export const without = (range: Range, address: bigint | null): Range[] => {
  if (address === null || address < range.start || address > range.end) return [range]
  return [
    { start: range.start, end: address - 1n },
    { start: address + 1n, end: range.end },
  ].filter(({ start, end }) => start <= end)
}

/** Sortable as text: hexadecimal, 32 digits. */
export const sortKey = (value: bigint): string => value.toString(16).padStart(32, '0')

/** The address that SLAAC gives to a MAC (RFC 4291, modified EUI-64). */
export const eui64 = (cidr: Cidr, mac: string): bigint => {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(':').map(part => parseInt(part, 16))
  const bytes = [a ^ 2, b, c, 0xff, 0xfe, d, e, f]
  return cidr.first | bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}
