import { isIPv4, isIPv6 } from 'node:net'

const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]*$/u
const BLANK_AT_AN_END = /^\s|\s$/u

/** No Unicode category C*, and of Z* only spaces. */
const printable = (text: string): boolean => PRINTABLE.test(text)

const visibleEnds = (text: string): boolean => !BLANK_AT_AN_END.test(text)

const uuid = (text: string): boolean =>
  /^[0-9a-f]{32}$/i.test(
    text
      .replace(/^urn:/, '')
      .replace(/^uuid:/, '')
      .replaceAll(/[{}-]/g, ''),
  )

/**
 * As Python's decoder takes it, for nova asks that: what is no character of base64 is passed over
 * (line breaks, blanks), the rest must be whole groups, and a full padding ends it.
 */
const base64 = (text: string): boolean => {
  let place = 0
  let pads = 0
  for (const character of text) {
    if (character === '=') {
      pads++
      if (place >= 2 && place + pads >= 4) return true
    } else if (BASE64_CHARACTER.test(character)) {
      place = (place + 1) % 4
      pads = 0
    }
  }
  return place === 0
}

const BASE64_CHARACTER = /[A-Za-z0-9+/]/

/** Whether a text is an address with the length of its prefix. */
export const isCidr = (text: string): boolean => {
  const [address = '', bits, ...rest] = text.split('/')
  if (bits === undefined || rest.length || !/^\d{1,3}$/.test(bits)) return false
  return isIPv4(address) ? Number(bits) <= 32 : isIPv6(address) && Number(bits) <= 128
}

const TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i

/**
 * A moment in ISO 8601; UTC when it names no zone.
 *
 * @returns null when it is none
 */
export const parseTime = (text: string): Date | null => {
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] =
    TIME.exec(text.trim()) ?? []
  if (year === undefined || month === undefined || day === undefined) return null
  const parts = [year, month, day, hour, minute, second].map(Number)
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = parts
  const ms = Number(`0.${fraction || '0'}`) * 1000
  const date = new Date(Date.UTC(y, mo - 1, d, h, mi, s, ms))
  // A day or an hour that does not exist would be carried over into another.
  if (date.getUTCMonth() !== mo - 1 || date.getUTCDate() !== d || h > 23 || mi > 59 || s > 59) {
    return null
  }
  const [, sign, zoneHours, zoneMinutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? []
  if (sign === undefined) return date
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000
  return new Date(date.getTime() + (sign === '+' ? -offset : offset))
}

const isRegex = (text: string): boolean => {
  if (text === '') return false
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i

/** What `format` may say in a request schema. */
export const formats: Readonly<Record<string, (text: string) => boolean>> = {
  uuid,
  base64,
  cidr: isCidr,
  ipv4: isIPv4,
  ipv6: isIPv6,
  printable,
  regex: isRegex,
  'date-time': text => parseTime(text) !== null,
  name: text => printable(text) && visibleEnds(text) && text !== '',
  name_with_leading_trailing_spaces: text => printable(text) && text.trim() !== '',
  az_name: text => printable(text) && visibleEnds(text) && text !== '' && !text.includes(':'),
  az_name_with_leading_trailing_spaces: text =>
    printable(text) && text.trim() !== '' && !text.includes(':'),
  fqdn: text => text.split('.').every(label => label.length <= 63 && LABEL.test(label)),
  uri: text => URL.canParse(text),
}

/** How a broken format is told. */
export const formatRules: Readonly<Record<string, string>> = {
  uuid: 'is not a UUID',
  base64: 'is not base64',
  cidr: 'is not an address range',
  ipv4: 'is not an IPv4 address',
  ipv6: 'is not an IPv6 address',
  printable: 'holds characters that cannot be printed',
  regex: 'is not a regular expression',
  'date-time': 'is not a date and time of ISO 8601',
  name: 'must be printable, without blanks at its ends',
  name_with_leading_trailing_spaces: 'must be printable and more than blanks',
  az_name: "must be printable, without ':' and without blanks at its ends",
  az_name_with_leading_trailing_spaces: "must be printable, without ':', and more than blanks",
  fqdn: 'is not a fully qualified domain name',
  uri: 'is not a URI',
}
