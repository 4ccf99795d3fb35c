import type { IniOption } from '../../../ini/index.js'
import { distance } from '../../../util/nearest.js'
import type { ConfigFile } from '../../config-file.js'
import { type Asked, PasteError } from '../../errors.js'
import { allKinds, allProtocols, protocolsOf, sectionKinds, type Want } from '../../kinds.js'
import { type PasteWarning, warningAt } from '../../warnings.js'
import { isOfText } from '../collected.js'
import { type CureBook, lineOf, type Patient } from './cure-book.js'

/** A section that is asked for and is not there, and everybody who asks. */
interface Missing extends Asked {
  readonly errors: readonly PasteError[]
}

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

const missingIn = (file: ConfigFile, { told }: Patient): readonly Missing[] => {
  const found = new Map<string, PasteError[]>()
  for (const error of told.errors) {
    const { asked, kind } = error
    if (!asked || kind !== 'no-section' || error.file !== file.path) continue
    // a line that is none of the section's asks for nothing
    if (structural.has(error.option ?? '') && !asksByNature(error)) continue
    if (told.warnings.some(({ code, at }) => code === 'header-open' && at.line === error.line))
      continue
    // one that is there, but is something else, is no matter of headers
    if (!nearlyThere(file, asked)) continue
    const key = `${asked.want} ${asked.name}`
    found.set(key, [...(found.get(key) ?? []), error])
  }
  return [...found.values()].map(errors => ({
    ...(errors[0]?.asked ?? { want: 'app', name: '' }),
    errors,
  }))
}

const nearlyThere = (file: ConfigFile, { name }: Asked): boolean =>
  !(['app', 'filter', 'server'] as const).some(want => file.has(want, name))

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

/** Whether the language itself takes the option for the name of a section there. */
const asksByNature = ({ option, section = '' }: PasteError): boolean =>
  option === 'use' ||
  (option === 'pipeline' && section.startsWith('pipeline:')) ||
  (option === 'next' && section.startsWith('filter-app:'))

/** Options that only a section of their own can have, in a section that has one already. */
const structural: ReadonlySet<string> = new Set(['use', 'pipeline', 'next', ...allProtocols])

const cureLostHeaders = (
  file: ConfigFile,
  { told }: Patient,
  missing: readonly Missing[],
  book: CureBook,
): void => {
  for (const { found, option, line } of headless(file, told)) {
    if (found && book.isCured(found)) continue
    const lost = missing.find(({ want }) => suits(option?.key ?? '', want))
    if (lost) {
      const header = headerOf(lost, option, file)
      const by = lost.errors[0]?.line
      const asked =
        by === undefined ? `'${lost.name}' is asked for` : `line ${by} asks for '${lost.name}'`
      if (found)
        book.add(found, {
          cure: `The header ${header} may be missing above line ${line}: ${asked}.`,
        })
      for (const asking of lost.errors) {
        book.add(asking, { cure: `Its header, ${header}, may be missing above line ${line}.` })
      }
    } else if (found && lineOf(file, line).startsWith('[')) {
      book.add(found, { cure: "A header is written [kind:name] and ends with ']'." })
    } else if (found) {
      const twice = found instanceof PasteError && found.kind === 'duplicate-option'
      const cure = `${twice ? 'Take one of the two away, or write' : 'Write'} the [header] above it that may be missing.`
      book.add(found, { cure })
    }
  }
}

interface Headless {
  /** What is told of it. */
  readonly found: PasteError | PasteWarning | undefined
  readonly option?: IniOption | undefined
  readonly line: number
}

/** Lines that stand as if their header was gone: what can stand only once comes again, or before any. */
function* headless(file: ConfigFile, { errors, warnings }: Patient['told']): Generator<Headless> {
  for (const error of errors) {
    const { kind, line = 0 } = error
    if (kind === 'option-before-section' && error.file === file.path) yield { found: error, line }
  }
  for (const section of file.document.sections) {
    const [kind] = section.name.split(':', 1)
    const own = section.options.filter(({ key }) => structural.has(key))
    const allowed = kind === 'filter-app' ? 2 : 1
    const strange = own.filter(
      ({ key }, index) => index >= allowed || (key === 'pipeline') !== (kind === 'pipeline'),
    )
    const [option] = strange
    if (!option) continue
    const { line } = option.keyAt
    const found =
      errors.find(error => error.file === file.path && error.line === line) ??
      errors.find(error => error.section === section.name && error.option === option.key) ??
      warnings.find(({ at, code }) => code === 'protocol-left' && at.section === section.name)
    yield { found, option, line }
    // whatever comes again behind it does so for the same reason
    for (const error of errors) {
      const { kind } = error
      if (
        error.section === section.name &&
        (error.line ?? 0) > line &&
        kind === 'duplicate-option'
      ) {
        yield { found: error, option, line }
      }
    }
  }
  for (const error of errors) {
    const { kind, line = 0, section, option: key } = error
    if (kind !== 'duplicate-option' || error.file !== file.path) continue
    const option = file.document.section(section ?? '')?.get(key ?? '')
    yield { found: error, option, line }
  }
}

const suits = (option: string, want: Want): boolean =>
  option === 'use' ||
  protocolsOf[want].flat().some(one => one === option) ||
  (want === 'app' && (option === 'pipeline' || option.startsWith('/'))) ||
  !structural.has(option)

const headerOf = (
  { want, name }: Asked,
  option: IniOption | undefined,
  file: ConfigFile,
): string => {
  const { key = '', section = '', keyAt } = option ?? {}
  const mounts = file.document
    .section(section)
    ?.options.some(one => one.key.startsWith('/') && one.keyAt.line > (keyAt?.line ?? 0))
  const landed = section.split(':', 1)[0] ?? ''
  const kind =
    want !== 'app'
      ? want
      : key === 'pipeline'
        ? key
        : mounts || /composit|^\//.test(key) || !structural.has(key)
          ? 'composite'
          : key === 'use' && sectionKinds.app.flat().includes(landed)
            ? landed
            : 'app'
  return `[${kind}:${name}]`
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

/** Those that no name tells more of. */
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
