import { isRecord } from '../../util/is-record.js'
import { isUuid } from '../../util/is-uuid.js'
import { formatAddress, formatCidr, parseAddress, parseCidr } from './address.js'

/** Reads one value of a body. Throws {@link Unfit} with Neutron's reason. */
export type Convert = (value: unknown) => unknown

/** Why a value does not fit; the name of the attribute is put before it. */
export class Unfit extends Error {
  override readonly name = 'Unfit'
}

const shown = (value: unknown): string =>
  typeof value === 'string' ? `'${value.slice(0, 255)}'` : `'${JSON.stringify(value) ?? value}'`

export const boolean: Convert = value => {
  if (typeof value === 'boolean') return value
  const text = String(value).toLowerCase()
  if (text === 'true' || text === '1') return true
  if (text === 'false' || text === '0') return false
  throw new Unfit(`${shown(value)} cannot be converted to boolean`)
}

export const text =
  (max = 255): Convert =>
  value => {
    if (typeof value !== 'string') throw new Unfit(`${shown(value)} is not a valid string`)
    if (value.length > max) throw new Unfit(`${shown(value)} exceeds maximum length of ${max}`)
    return value
  }

export const uuid: Convert = value => {
  if (!isUuid(value)) throw new Unfit(`${shown(value)} is not a valid UUID`)
  return value.toLowerCase()
}

export const integer =
  (min: number, max: number): Convert =>
  value => {
    const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value
    if (typeof number !== 'number' || !Number.isInteger(number)) {
      throw new Unfit(`${shown(value)} is not an integer`)
    }
    if (number < min || number > max) {
      throw new Unfit(`${shown(value)} is not in range ${min} through ${max}`)
    }
    return number
  }

export const oneOf =
  (...values: readonly (string | number)[]): Convert =>
  value => {
    const found = values.find(one => one === value || String(one) === value)
    if (found !== undefined) return found
    const list = values.map(one => (typeof one === 'string' ? `'${one}'` : one)).join(', ')
    throw new Unfit(`${shown(value)} is not in [${list}]`)
  }

export const nullable =
  (convert: Convert): Convert =>
  value =>
    value === null ? null : convert(value)

/** At most `max` items; an item that appears twice is refused. */
export const list =
  (item: Convert, max = 100): Convert =>
  value => {
    if (!Array.isArray(value)) throw new Unfit(`${shown(value)} is not a list`)
    if (value.length > max) throw new Unfit(`a list of more than ${max} items`)
    const items = value.map(item)
    const texts = items.map(one => JSON.stringify(one))
    const twice = items.find((_, index) => texts.indexOf(texts[index] ?? '') !== index)
    if (twice !== undefined) throw new Unfit(`Duplicate items in the list: ${shown(twice)}`)
    return items
  }

/** Only the keys that are named; `required` ones must be there. */
export const record =
  (keys: Readonly<Record<string, Convert>>, required: readonly string[] = []): Convert =>
  value => {
    if (!isRecord(value)) throw new Unfit(`${shown(value)} is not a dictionary`)
    const unknown = Object.keys(value).filter(key => !Object.hasOwn(keys, key))
    const missing = required.filter(key => value[key] === undefined)
    if (unknown.length || missing.length) {
      const expected = Object.keys(keys).map(key => `'${key}'`)
      throw new Unfit(
        `Validation of dictionary's keys failed. Expected keys: [${expected.join(', ')}] Provided keys: [${Object.keys(
          value,
        )
          .map(key => `'${key}'`)
          .join(', ')}]`,
      )
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, keys[key]?.(one) ?? null]),
    )
  }

/** Any JSON object of reasonable size. */
export const dict: Convert = value => {
  if (!isRecord(value)) throw new Unfit(`${shown(value)} is not a dictionary`)
  if (JSON.stringify(value).length > 4095) throw new Unfit('a dictionary of more than 4095 bytes')
  return value
}

export const ip: Convert = value => {
  const address = parseAddress(value)
  if (!address) throw new Unfit(`${shown(value)} is not a valid IP address`)
  return formatAddress(address.version, address.value)
}

/** A network's address: host bits must be zero. */
export const cidr: Convert = value => {
  const parsed = parseCidr(value)
  if (!parsed) throw new Unfit(`${shown(value)} is not a valid IP subnet`)
  const canonical = formatCidr(parsed)
  const given = parseAddress(String(value).split('/')[0])
  if (given?.value !== parsed.first) {
    throw new Unfit(
      `${shown(value)} isn't a recognized IP subnet cidr, '${canonical}' is recommended`,
    )
  }
  return canonical
}

export const mac: Convert = value => {
  if (typeof value !== 'string' || !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(value)) {
    throw new Unfit(`${shown(value)} is not a valid MAC address`)
  }
  // The lowest bit of the first byte says that the address is a group's.
  if (parseInt(value.slice(0, 2), 16) & 1) {
    throw new Unfit(`${shown(value)} is not a valid MAC address`)
  }
  return value.toLowerCase()
}

export const tags: Convert = list(text(60), 50)
