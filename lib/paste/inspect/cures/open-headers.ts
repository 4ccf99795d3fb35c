import { distance } from '../../../util/nearest.js'
import { allKinds } from '../../kinds.js'
import { warningAt } from '../../warnings.js'
import { isOfText } from '../collected.js'
import { type CureBook, lineOf, type Patient } from './cure-book.js'

/** Cures headers that are cut short or not closed, and that no name in the files tells more of. */
export const cureOpenHeaders = ({ told, files, asked }: Patient, book: CureBook): void => {
  const [file] = files
  const absent = asked.filter(name => !file?.has('app', name))
  for (const error of told.errors) {
    if (file?.path !== error.file || !file || !isOfText(error)) continue
    const header = cutHeader(lineOf(file, error.line ?? 0), absent)
    if (header) book.set(error, { suggestion: header })
  }
  for (const section of file?.document.sections ?? []) {
    const header = allKinds.includes(section.name.split(':', 1)[0] ?? '')
      ? undefined
      : headersOf(absent).find(one => distance(one, `[${section.name}]`, 3) < 3)
    if (!file || !header) continue
    const text = 'no such section is asked for.'
    book.more.push(warningAt('section-ignored', file.sourceOf(section), text, header))
  }
  for (const warning of told.warnings) {
    if (warning.code !== 'header-open' || book.isCured(warning)) continue
    const header = cutHeader(warning.at.lines[warning.at.line - 1]?.trim() ?? '', absent)
    if (header) book.add(warning, { suggestion: header })
    else book.add(warning, { cure: "A header is written [kind:name] and ends with ']'." })
  }
}

/** A program asks for it: the only name that the line can have been cut of. */
const cutHeader = (text: string, absent: readonly string[]): string | undefined => {
  if (!text.startsWith('[')) return undefined
  const headers = headersOf(absent).filter(header => header.startsWith(text))
  return headers.length === 1 || text.length > 1 ? headers[0] : undefined
}

const headersOf = (names: readonly string[]): readonly string[] =>
  names.flatMap(name => ['composite', 'pipeline', 'app'].map(kind => `[${kind}:${name}]`))
