/**
 * The known name that was probably meant: the one fewest single-letter slips away (a letter too
 * many, missing, wrong, or two swapped), if that is few enough for its length.
 */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  const wanted = name.toLowerCase()
  let best: string | undefined
  let bestSlips = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const slips = distance(wanted, candidate.toLowerCase(), bestSlips)
    if (slips < bestSlips) {
      best = candidate
      bestSlips = slips
    }
  }
  return best
}

/** Slips between the two (optimal string alignment distance), or `limit` if there are as many. */
export const distance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let slips = Math.min(
        (last[column] ?? limit) + 1,
        (current[column - 1] ?? limit) + 1,
        (last[column - 1] ?? limit) + (same ? 0 : 1),
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        slips = Math.min(slips, (beforeLast[column - 2] ?? limit) + 1)
      }
      current.push(slips)
    }
    beforeLast = last
    last = current
  }
  return Math.min(last[b.length] ?? limit, limit)
}
