import { nearest } from '../util/nearest.js'

/**
 * The known name that was probably meant: the nearest one; or else the only one that begins so, for a
 * line may have been cut.
 */
export const meant = (name: string, known: Iterable<string>): string | undefined => {
  const names = [...new Set(known)]
  const near = nearest(name, names)
  if (near !== undefined || !name) return near
  const longer = names.filter(one => one.startsWith(name))
  return longer.length === 1 ? longer[0] : undefined
}

/** Letters and digits only, for names that mean one thing in several spellings. */
export const plain = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')

/**
 * How alike two names are, 0 to 1: how much of the shorter stands in the other in one piece, and less where
 * the other has much that the shorter has not.
 */
export const likeness = (one: string, other: string): number => {
  const [short = '', long = ''] = [plain(one), plain(other)].toSorted((a, b) => a.length - b.length)
  if (!short) return 0
  const ratio = 0.5 + short.length / long.length / 2
  for (let length = short.length; length > 0; length--) {
    for (let start = 0; start + length <= short.length; start++) {
      if (long.includes(short.slice(start, start + length))) return (length / short.length) * ratio
    }
  }
  return 0
}
