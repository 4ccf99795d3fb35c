import { distance } from '../../../util/nearest.js'
import type { ConfigFile } from '../../config-file.js'
import type { Asked, PasteError } from '../../errors.js'
import { allKinds, sectionKinds } from '../../kinds.js'
import { type PasteWarning, warningAt } from '../../warnings.js'
import { isOfText } from '../collected.js'
import { type CureBook, lineOf, type Patient } from './cure-book.js'
import { cureLostHeaders } from './lost-headers.js'
import { type Missing, missingIn } from './missing-sections.js'

/** A line that may have been meant for its header. */
interface Stray {
  readonly text: string
  readonly line: number
  /** The section that begins there, where one does. */
  readonly section?: string | undefined
  readonly told: PasteError | PasteWarning | undefined
}

/** Brings together names that are asked for and headers that nobody asks for. */
export const cureHeaders = (patient: Patient, book: CureBook): void => {
  for (const file of patient.files) {
    const missing = missingIn(file, patient)
    const strays = straysIn(file, patient)
    for (const one of missing) {
      const stray = nearestStray(one, strays)
      if (stray) meet(one, stray, file, book)
    }
    const lost = missing.filter(({ errors }) => !errors.some(error => book.of(error).cure))
    cureLostHeaders(file, patient, lost, book)
    for (const { errors } of missing) tellOnce(errors, book)
    dropWhatFollows(file, patient, book)
  }
}

const straysIn = (file: ConfigFile, { told, unreached }: Patient): readonly Stray[] => {
  const { sections } = file.document
  const { errors, warnings } = told
  const ofSection = (name: string): PasteWarning | undefined =>
    warnings.find(({ at, code }) => at.section === name && /^(unused|section)/.test(code))
  const idle = sections
    .filter(
      ({ name }) =>
        unreached.some(({ section }) => section.name === name) ||
        !allKinds.includes(name.split(':', 1)[0] ?? ''),
    )
    .filter(({ name }) => name !== 'DEFAULT')
    .map(({ name, at }) => ({
      text: `[${name}]`,
      line: at.line,
      section: name,
      told: ofSection(name),
    }))
  const unread = errors
    .filter(error => error.file === file.path && isOfText(error) && error.line !== undefined)
    .filter(({ kind }) => kind === 'not-an-option-line' || kind === 'option-before-section')
    .map(error => ({ text: lineOf(file, error.line ?? 0), line: error.line ?? 0, told: error }))
  const open = warnings
    .filter(({ code, at }) => code === 'header-open' && at.file === file.path)
    .map(warning => ({ text: lineOf(file, warning.at.line), line: warning.at.line, told: warning }))
  return [...idle, ...unread, ...open]
}

const headersFor = ({ want, name }: Asked): readonly string[] =>
  sectionKinds[want].flat().map(kind => `[${kind}:${name}]`)

/** The header that the line most likely was, and how far it is from it; null: none. */
const match = (asked: Asked, { text }: Stray): { header: string; slips: number } | null => {
  const limit = 3
  let best: { header: string; slips: number } | null = null
  for (const header of headersFor(asked)) {
    const cut = text.length > 1 && text.startsWith('[') && header.startsWith(text)
    const slips = cut ? 1 : distance(text, header, limit)
    if (slips < limit && slips < (best?.slips ?? limit)) best = { header, slips }
  }
  return best
}

const nearestStray = (asked: Missing, strays: readonly Stray[]): Stray | undefined =>
  strays
    .filter(({ section }) => !asked.errors.some(error => error.section === section))
    .flatMap(stray => {
      const found = match(asked, stray)
      return found ? [{ stray, slips: found.slips }] : []
    })
    .toSorted((a, b) => a.slips - b.slips)[0]?.stray

const meet = (missing: Missing, stray: Stray, file: ConfigFile, book: CureBook): void => {
  const header = match(missing, stray)?.header ?? ''
  const { line, text, section, told } = stray
  const lines = new Set(missing.errors.map(error => error.line))
  const isWhole = section !== undefined && told?.reason.startsWith('is ') !== false
  // one name against one header: either may be the wrong one, and the name is told of
  const either = isWhole && lines.size === 1 && missing.errors[0]?.suggestion !== undefined
  for (const error of missing.errors) {
    const cure = either
      ? `Or the header '${text}' in line ${line} should read '${header}'.`
      : `Line ${line} reads '${text}': its header is '${header}'.`
    book.add(error, { cure })
  }
  // then that nothing uses the header says the same again
  if (told) book.add(told, either ? { again: true } : { suggestion: header })
  else if (!either && section !== undefined) {
    const at = file.document.section(section)
    const asking = missing.errors[0]
    if (!at) return
    const reason = `nothing asks for a section of that name, but [${asking?.section}] (line ${asking?.line}) asks for '${missing.name}'.`
    book.more.push(warningAt('section-ignored', file.sourceOf(at), reason, header))
  }
}

/** A section that ten pipelines name is told of where the first does. */
const tellOnce = (errors: readonly PasteError[], book: CureBook): void => {
  const [first, ...rest] = errors.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
  if (!first || !rest.length) return
  for (const error of rest) book.add(error, { again: true })
  const lines = [...new Set(rest.map(({ line }) => line))].filter(line => line !== first.line)
  if (lines.length) book.add(first, { alsoLines: lines.flatMap(line => line ?? []) })
}

/** What is wrong with the rest of a section in which a header is not closed. */
const dropWhatFollows = (file: ConfigFile, { told }: Patient, book: CureBook): void => {
  for (const { at, code } of told.warnings) {
    if (code !== 'header-open' || at.file !== file.path) continue
    for (const error of told.errors) {
      if (error.file !== file.path || error.section !== at.section) continue
      if (error.kind === 'no-section' && error.line !== at.line) continue
      if (isOfText(error) ? (error.line ?? 0) > at.line : true) book.add(error, { again: true })
    }
  }
  for (const error of told.errors) {
    if (error.file === file.path && told.isConsequence(error)) book.add(error, { again: true })
  }
}
