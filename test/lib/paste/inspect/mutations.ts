/** One line of a file broken in one way. */
export interface Mutation {
  readonly how: 'delete' | 'misspell' | 'duplicate' | 'swap' | 'cut' | 'reorder'
  /** From 1, in the file as it was; of a swap the first of the two. */
  readonly line: number
  /** The other line of a swap, as it is numbered. */
  readonly otherLine?: number | undefined
  /** The line as it was, and what stands there now. */
  readonly was: string
  readonly now: string
  readonly text: string
}

/** Numbers that look random and are the same every time (mulberry32). */
export const randomFrom = (seed: number): ((below: number) => number) => {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (((mixed ^ (mixed >>> 14)) >>> 0) % 0x1_0000_0000) % below
  }
}

type Random = (below: number) => number

const letters = 'abcdefghijklmnopqrstuvwxyz'

/** A letter lost, doubled, wrong, or two of them swapped. */
const misspelt = (line: string, random: Random): string => {
  const places = [...line].flatMap((letter, index) => (/\S/.test(letter) ? [index] : []))
  const at = places[random(places.length)] ?? 0
  const letter = line[at] ?? ''
  switch (random(4)) {
    case 0:
      return line.slice(0, at) + line.slice(at + 1)
    case 1:
      return line.slice(0, at) + letter + line.slice(at)
    case 2:
      return line.slice(0, at) + (letters[random(26)] ?? 'x') + line.slice(at + 1)
    default:
      return line.slice(0, at) + (line[at + 1] ?? '') + letter + line.slice(at + 2)
  }
}

/** Two neighbours of a pipeline changed places; the line as it is where it has no three words. */
const reordered = (line: string, random: Random): string => {
  const [head = '', value = ''] = line.split(/(?<==\s*)(?=\S)(.*)/s)
  const words = value.split(' ')
  if (words.length < 3) return line
  const at = random(words.length - 2)
  const swapped = [...words]
  swapped[at] = words[at + 1] ?? ''
  swapped[at + 1] = words[at] ?? ''
  return head + swapped.join(' ')
}

const kinds = ['delete', 'misspell', 'duplicate', 'swap', 'cut', 'reorder'] as const

/** Breaks any one line that is neither blank nor a comment. */
export const mutate = (text: string, random: Random): Mutation => {
  const lines = text.split('\n')
  const meant = lines.flatMap((line, index) => (/^\s*[^\s#;]/.test(line) ? [index] : []))
  for (;;) {
    const index = meant[random(meant.length)] ?? 0
    const how = kinds[random(kinds.length)] ?? 'delete'
    const was = lines[index] ?? ''
    const other = meant[meant.indexOf(index) + 1]
    const changed = [...lines]
    let now = ''
    if (how === 'delete') changed.splice(index, 1)
    else if (how === 'duplicate') changed.splice(index, 0, was)
    else if (how === 'swap') {
      if (other === undefined) continue
      now = lines[other] ?? ''
      changed[index] = now
      changed[other] = was
    } else {
      now =
        how === 'cut'
          ? was.slice(0, 1 + random(was.length - 1))
          : how === 'reorder'
            ? reordered(was, random)
            : misspelt(was, random)
      if (now === was || now.trim() === '') continue
      changed[index] = now
    }
    const otherLine = how === 'swap' && other !== undefined ? other + 1 : undefined
    return { how, line: index + 1, otherLine, was, now, text: changed.join('\n') }
  }
}
