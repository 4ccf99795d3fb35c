import type { IniOption, IniSection } from '../../../ini/index.js'
import type { ConfigFile } from '../../config-file.js'
import type { PasteError } from '../../errors.js'
import { allProtocols } from '../../kinds.js'
import { type CureBook, lineOf, type Patient } from './cure-book.js'

const structural: ReadonlySet<string> = new Set(['use', 'pipeline', 'next', ...allProtocols])

/** A section without what makes it, beside one that has it twice: a line and a header are swapped. */
export const cureSwapped = ({ told, files }: Patient, book: CureBook): void => {
  for (const error of told.errors) {
    const { kind, section } = error
    if (kind === 'option-before-section') cureTop(error, files, book)
    if (strange.has(kind)) cureFirst(error, files, book)
    if (kind !== 'no-loader' && kind !== 'missing-pipeline' && kind !== 'missing-next') continue
    const file = files.find(({ path }) => path === error.file)
    const place = file && found(file, section ?? '')
    if (!file || !place || error.suggestion) continue
    const { option, side } = place
    const { line } = option.keyAt
    const text = lineOf(file, line)
    const cure =
      side === 'above'
        ? `Line ${line}, '${text}', stands just above the header: move it below.`
        : `Line ${line}, '${text}', stands just below the next header: move it above that.`
    book.add(error, { cure })
    for (const other of told.errors) {
      if (isAbout(other, file, option)) {
        book.add(other, { cure: `Line ${line}, '${text}', most likely belongs to [${section}].` })
      }
    }
  }
}

const strange: ReadonlySet<string> = new Set([
  'cycle',
  'factory-signature',
  'pipeline-extra-options',
])

/** An option that means nothing in its section, or that section itself, right below the header. */
const cureFirst = (error: PasteError, files: readonly ConfigFile[], book: CureBook): void => {
  const file = files.find(({ path }) => path === error.file)
  const sections = file?.document.sections ?? []
  const index = sections.findIndex(({ name }) => name === error.section)
  const [first] = sections[index]?.options ?? []
  const before = sections[index - 1]
  const { line } = error
  if (!file || !before || !first || line === undefined) return
  if (first.keyAt.line !== line || structural.has(first.key)) return
  const isAlone = sections[index]?.options.length === 1
  if (isAlone || error.suggestion !== undefined) return
  const text = `Line ${line}, '${lineOf(file, line)}', stands first below the header: it may belong to [${before.name}] above.`
  book.add(error, { cure: text })
}

/** The first header stands one line too late. */
const cureTop = (error: PasteError, files: readonly ConfigFile[], book: CureBook): void => {
  const file = files.find(({ path }) => path === error.file)
  const next = (error.line ?? 0) + 1
  const below = file && lineOf(file, next)
  if (below?.startsWith('[')) {
    book.add(error, { cure: `Move it below the header ${below} in line ${next}.` })
  }
}

const found = (
  file: ConfigFile,
  name: string,
): { readonly option: IniOption; readonly side: 'above' | 'below' } | null => {
  const { sections } = file.document
  const index = sections.findIndex(section => section.name === name)
  const before = sections[index - 1]?.options.at(-1)
  if (before && structural.has(before.key) && isExtra(file, sections[index - 1], before)) {
    return { option: before, side: 'above' }
  }
  const next = sections[index + 1]
  const [after] = next?.options ?? []
  if (after && structural.has(after.key) && isExtra(file, next, after)) {
    return { option: after, side: 'below' }
  }
  return null
}

/** Whether the section has what makes it without that line, or cannot have it. */
const isExtra = (file: ConfigFile, section: IniSection | undefined, option: IniOption): boolean => {
  if (!section) return false
  const others = section.options.filter(one => one !== option && structural.has(one.key))
  const pipeline = section.name.startsWith('pipeline:')
  return (
    others.length > 0 ||
    (pipeline ? option.key !== 'pipeline' : option.key === 'pipeline') ||
    section.name === 'DEFAULT' ||
    repeats(file, option)
  )
}

/** A key that stands twice is in the section once. */
const repeats = ({ document }: ConfigFile, { section, key }: IniOption): boolean =>
  (document.section(section)?.all(key).length ?? 0) > 1

const isAbout = (error: PasteError, { path }: ConfigFile, option: IniOption): boolean =>
  error.file === path &&
  error.section === option.section &&
  (error.option === option.key || error.line === option.keyAt.line) &&
  [
    'duplicate-option',
    'pipeline-extra-options',
    'factory-signature',
    'multiple-protocols',
  ].includes(error.kind)
