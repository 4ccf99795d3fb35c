/** Object name → `major.minor`: what a reader of an object, and of all below it, can take. */
export type VersionManifest = Readonly<Record<string, string>>

/** `[major, minor]`; a third part is of no account. */
export const parseVersion = (version: string): readonly [number, number] => {
  const match = /^(\d{1,6})\.(\d{1,6})(?:\.\d{1,6})?$/.exec(version)
  if (!match) throw new RangeError(`'${version}' is not a version (expected 'major.minor')`)
  return [Number(match[1]), Number(match[2])]
}

/** Below 0: `a` is older; 0: the same; above 0: newer. */
export const compareVersions = (a: string, b: string): number => {
  if (a === b) return 0
  const [aMajor, aMinor] = parseVersion(a)
  const [bMajor, bMinor] = parseVersion(b)
  return aMajor - bMajor || aMinor - bMinor
}

/** Whether what knows `own` can read `given`: the same major, and no minor of the future. */
export const isReadable = (own: string, given: string): boolean => {
  if (own === given) return true
  const [ownMajor, ownMinor] = parseVersion(own)
  const [givenMajor, givenMinor] = parseVersion(given)
  return ownMajor === givenMajor && givenMinor <= ownMinor
}
