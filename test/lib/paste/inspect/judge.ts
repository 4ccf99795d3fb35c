import type { Finding } from '../../../../lib/paste/inspect/index.js'
import type { Mutation } from './mutations.js'

export type Outcome =
  /** at the line, or naming it; and what it was */
  | 'told rightly'
  /** at the line, without what it was */
  | 'place without cure'
  /** elsewhere, of something else */
  | 'told badly'
  | 'same meaning'
  /** it says something else now that its writer may have meant */
  | 'another meaning'
  | 'silent'

/** What findings that the file did not have before say of the line that was broken. */
export const judge = (
  mutation: Mutation,
  original: string,
  fresh: readonly Finding[],
  isSame: boolean,
): Outcome => {
  if (!fresh.length)
    return isSame ? 'same meaning' : isFree(mutation, original) ? 'another meaning' : 'silent'
  const placed = fresh.filter(finding => isPlaced(finding, mutation, original))
  if (placed.some(finding => isCured(finding, mutation))) return 'told rightly'
  return placed.length ? 'place without cure' : 'told badly'
}

/** What tells its reader what to do: not the description, but what follows it. */
const advice = ({ suggestion = '', cure = '', text }: Finding): string =>
  `${suggestion} ${cure} ${/first is in line|: put it ahead|must stand|must be|there is no pipeline/.test(text) ? text : ''}`

const namesLine = (finding: Finding, line: number | undefined): boolean =>
  line !== undefined &&
  (finding.line === line ||
    finding.suggestionLine === line ||
    new RegExp(`\\bline (\\d+, )*${line}\\b`, 'i').test(`${finding.text} ${finding.cure}`))

const isPlaced = (finding: Finding, mutation: Mutation, original: string): boolean => {
  const { how, line, otherLine, was } = mutation
  if (how === 'swap') return namesLine(finding, line) || namesLine(finding, otherLine)
  if (how === 'duplicate') return finding.line === line + 1 && namesLine(finding, line)
  if (how !== 'delete') return namesLine(finding, line)
  // what is gone has no line: the section that lacks it, what stands there now, or what it named
  if (!was.startsWith('[')) {
    const named = tokens(was).at(-1) ?? ''
    return (
      finding.section === sectionOf(original, line) ||
      finding.section?.endsWith(`:${named}`) === true
    )
  }
  const next = mutation.text
    .split('\n')
    .findIndex((text, index) => index >= line - 1 && /^[^#;\s]/.test(text))
  return namesLine(finding, next + 1)
}

/** The header above a line. */
const sectionOf = (text: string, line: number): string =>
  text
    .split('\n')
    .slice(0, line)
    .findLast(text => text.startsWith('['))
    ?.slice(1, -1) ?? ''

/** Words of a line: `[`, `]`, blanks and the signs behind a key end one. */
const tokens = (line: string): string[] => line.split(/[\s=[\]]+|:(?=\s|$)/).filter(Boolean)

const isCured = (finding: Finding, mutation: Mutation): boolean => {
  const { how, was, now } = mutation
  const told = advice(finding)
  const names = (word: string): boolean => told.includes(word)
  if (how === 'duplicate') return /first is in line/.test(finding.text)
  if (how === 'swap') {
    // whichever of the two lines is to be moved, or what the order is to be
    return tokens(was).some(names) || tokens(now).some(names)
  }
  if (how === 'reorder') return finding.code === 'order'
  if (how === 'delete') {
    const all = tokens(was)
    // the key that the section lacks, or what it named; of a header its name, or that one is missing
    if (!was.startsWith('[')) return all.some(word => `${told} ${finding.text}`.includes(word))
    return all.some(names) || /\[header\]/.test(told)
  }
  const lost = lostWord(was, now)
  if (lost === null) return told.includes(was.trim()) || plain(told).includes(plain(was))
  if (names(lost)) return true
  // a part of a reference or of a header
  const parts = lost.split(/[:#]/)
  const after = tokens(now)[tokens(was).indexOf(lost)]?.split(/[:#]/) ?? []
  const changed = parts.filter((part, index) => after[index] !== part)
  if (changed.length > 0 && changed.every(part => part && names(part))) return true
  // the reader of a reference sees both names, and which line has which
  return (
    finding.suggestionLine === mutation.line &&
    changed.every(part => finding.text.includes(`'${part}'`))
  )
}

const plain = (text: string): string => text.replaceAll(/\s*[=:]\s*|\s+/g, ' ')

/** The first word that is another one now; null where only what is between words has changed. */
const lostWord = (was: string, now: string): string | null => {
  const after = tokens(now)
  return tokens(was).find((word, index) => after[index] !== word) ?? null
}

/**
 * What nobody but its writer can know to be wrong: where something is mounted, a text that may be any, the
 * name of a section that is asked for from outside, an option that may be left out, filters that may stand
 * either way.
 */
const isFree = ({ how, line, was, now }: Mutation, original: string): boolean => {
  if (how === 'reorder') return true
  // cut to the name of another application
  if (how === 'cut' && original.includes(`[app:${tokens(now).at(-1)}]`)) return true
  const section = sectionOf(original, line)
  // a file without a pipeline for test boxes may be meant so
  if (how === 'delete' && was.startsWith('noauth2')) return true
  if (
    /^\[(filter:(healthcheck|ratelimit)|composite:(companions|kilonova|metadata|osapi_compute))\]?/.test(
      was,
    )
  )
    return true
  if (/^filter:(healthcheck|ratelimit)$/.test(section) && !was.startsWith('paste.')) return true
  if (/^oslo_config_project\b/.test(was)) return true
  return was.startsWith('/') && (how === 'delete' || !now.startsWith(was.split(':')[0] ?? ''))
}
