import { randomBytes, randomInt } from 'node:crypto'

/**
 * What a display name is as a host name: cut to 63 characters; blanks, `_` and `.` become `-`; other
 * non-word characters go; lower case; no `.` or `-` at either end (nova's sanitize_hostname).
 *
 * @returns the empty string when nothing is left
 */
export const sanitizeHostname = (name: string): string =>
  trimEdges(
    name
      .slice(0, 63)
      .replaceAll(/[ _.]/g, '-')
      .replaceAll(/[^\w.-]+/g, '')
      .toLowerCase(),
  )

const trimEdges = (name: string): string => name.replace(/^[.-]+/, '').replace(/[.-]+$/, '')

/** `web` of three is `web-1`, `web-2`, `web-3`; a single one keeps its name. */
export const multiCreateName = (name: string, index: number, count: number): string =>
  count > 1 ? `${name}-${index + 1}` : name

/**
 * The host name of one instance of a request.
 *
 * @param wanted  what the request said by `hostname` (2.90), which stands as it is
 */
export const instanceHostname = (
  displayName: string,
  wanted: string | null,
  { uuid, index, count }: { uuid: string; index: number; count: number },
): string => {
  if (wanted !== null) return wanted
  const base = sanitizeHostname(displayName)
  if (base === '') return `Server-${uuid}`
  const suffix = count > 1 ? `-${index + 1}` : ''
  // The whole must still fit a DNS label (RFC 1123).
  return `${base.slice(0, 63 - suffix.length)}${suffix}`
}

const lowerAndDigits = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** `r-` and eight characters, shared by the servers of one request. */
export const generateReservationId = (): string =>
  `r-${Array.from({ length: 8 }, () => lowerAndDigits[randomInt(36)]).join('')}`

/**
 * nova's generate_password: one character each of digits, upper and lower case at the least, without
 * those that are easily taken for each other.
 */
export const generatePassword = (length: number): string => {
  const groups = ['23456789', 'ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz']
  const pick = (characters: string): string => characters[randomInt(characters.length)] ?? ''
  const all = groups.join('')
  const password = groups.slice(0, length).map(pick)
  while (password.length < length) password.push(pick(all))
  return shuffle(password).join('')
}

const shuffle = (characters: string[]): string[] => {
  const keyed = characters.map(character => ({ character, key: randomBytes(8).toString('hex') }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ character }) => character)
}
