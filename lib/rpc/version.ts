import { InvalidVersion } from './errors.js'

type Numbers = readonly [major: number, minor: number, revision: number]

/** Every message has a version, and there are few of them; bounded, for they are the peers' to choose. */
const known = new Map<string, Numbers>()
const KNOWN_LIMIT = 1000

/** `major.minor` or `major.minor.revision`, as whole numbers. */
const parse = (version: string): Numbers => {
  const found = known.get(version)
  if (found) return found
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?$/.exec(version)
  if (!match) throw new InvalidVersion(version)
  const numbers: Numbers = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)]
  if (known.size >= KNOWN_LIMIT) known.clear()
  known.set(version, numbers)
  return numbers
}

/** @throws InvalidVersion */
export const checkVersion = (version: string): void => {
  parse(version)
}

/**
 * Whether what implements `implemented` may be sent `requested`: same major, minor not above; a
 * third number, where the minor ones are equal, likewise.
 *
 * @param implemented  of an endpoint, or a client's cap; undefined accepts everything
 * @param requested    of a message; undefined is refused unless everything is accepted
 * @throws InvalidVersion
 */
export const versionIsCompatible = (
  implemented: string | undefined,
  requested: string | undefined,
): boolean => {
  if (implemented === undefined) return true
  if (requested === undefined) return false
  const [ourMajor, ourMinor, ourRevision] = parse(implemented)
  const [major, minor, revision] = parse(requested)
  if (major !== ourMajor || minor > ourMinor) return false
  return minor < ourMinor || revision <= ourRevision
}
