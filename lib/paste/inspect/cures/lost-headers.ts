import type { IniOption } from '../../../ini/index.js'
import type { ConfigFile } from '../../config-file.js'
import { type Asked, PasteError } from '../../errors.js'
import { protocolsOf, sectionKinds, type Want } from '../../kinds.js'
import type { PasteWarning } from '../../warnings.js'
import { type CureBook, lineOf, type Patient } from './cure-book.js'
import { type Missing, structural } from './missing-sections.js'

/** Brings together sections that are not there and lines that stand as if their header was gone. */
export const cureLostHeaders = (
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
