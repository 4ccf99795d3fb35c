/** The oldest Node that everything here runs on. */
const needed = [24, 15] as const

/** Why this Node will not do, or null. */
export const nodeTooOld = (version: string = process.versions.node): string | null => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const enough = major > needed[0] || (major === needed[0] && minor >= needed[1])
  return enough
    ? null
    : `Node ${needed.join('.')} or newer is needed, and this is ${version}. 'npm ci' brings one along.`
}
