import { DevicePathInUse, InvalidDevicePath } from '../exception/index.js'

/** `/dev/vdb`, `vdb`, `/dev/vdb1` → prefix and letters. */
const parts = (name: string): { readonly prefix: string; readonly letters: string } | null => {
  const found = /^(?:\/dev\/)?(?<prefix>x?[a-z]?d?)(?<letters>[a-z]+)\d*$/.exec(name)?.groups
  if (!found) return null
  return { prefix: found.prefix ?? '', letters: found.letters ?? '' }
}

const lettersOf = (name: string): string => parts(name)?.letters ?? name

/** a, b, …, z, aa, ab, … */
const nth = (index: number): string => {
  const last = String.fromCharCode(97 + (index % 26))
  return index < 26 ? last : nth(Math.floor(index / 26) - 1) + last
}

/** The guest's bus is the root device's; without one, virtio. */
const prefixLike = (rootDevice: string | null): string => {
  const root = rootDevice === null ? null : parts(rootDevice)
  return `/dev/${root?.prefix || 'vd'}`
}

/**
 * A name for one more disk of a guest: the wanted one's letters, or the first that are free; on the bus of
 * the root device whatever is asked for, as nova does it.
 *
 * @param used  names of all its disks
 * @throws DevicePathInUse (409), InvalidDevicePath (400)
 */
export const nextDeviceName = (
  rootDevice: string | null,
  used: Iterable<string>,
  wanted: string | null = null,
): string => {
  const taken = new Set([...used].map(lettersOf))
  if (rootDevice !== null) taken.add(lettersOf(rootDevice))
  const prefix = prefixLike(rootDevice)
  if (wanted !== null) {
    const letters = parts(wanted)?.letters
    if (letters === undefined) throw new InvalidDevicePath({ path: wanted })
    if (taken.has(letters)) throw new DevicePathInUse({ path: wanted })
    return prefix + letters
  }
  let index = 0
  while (taken.has(nth(index))) index += 1
  return prefix + nth(index)
}
