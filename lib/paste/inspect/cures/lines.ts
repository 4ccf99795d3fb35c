import type { ConfigFile } from '../../config-file.js'
import { declarationsOf } from '../../declared-options.js'
import type { PasteError } from '../../errors.js'
import { meant } from '../../meant.js'
import { type CureBook, lineOf, type Patient } from './cure-book.js'

/** What a line that is no option was probably meant to be. */
export const cureLines = (patient: Patient, book: CureBook): void => {
  const { told, files, heads } = patient
  for (const error of told.errors) {
    const file = files.find(({ path }) => path === error.file)
    if (!file || book.isCured(error)) continue
    cureDoubledSign(error, file, book)
    if (error.kind !== 'not-an-option-line') continue
    const text = lineOf(file, error.line ?? 0)
    const known = [...keysLike(file, error.section ?? ''), ...declaredKeys(file, error, patient)]
    const names = heads.filter(({ want }) => want === 'app').map(({ name }) => name)
    const line = meantLine(known, text, names, key => valuesOf(file, error.section ?? '', key))
    if (line !== undefined) book.add(error, line)
  }
}

/** `pipeline == cors app` */
const cureDoubledSign = (error: PasteError, file: ConfigFile, book: CureBook): void => {
  const { section = '', option = '' } = error
  const value = file.document.section(section)?.get(option)?.value
  const rest = value && /^[=:]\s*(.*)$/s.exec(value)?.[1]
  if (rest) book.set(error, { suggestion: `${option} = ${rest}` })
}

const meantLine = (
  known: readonly string[],
  text: string,
  unreached: readonly string[],
  valuesOf: (key: string) => readonly string[],
): { suggestion: string } | { cure: string } | undefined => {
  const lost = /^[=:]\s*(.*)$/.exec(text)?.[1]
  if (lost !== undefined) return { cure: `Write what it is before the '${text[0]}'.` }
  // a sign in place of the blank, or of the equals sign: `pipeline - cors`, `pipelinecors`
  const [, first = '', rest = ''] = /^(\S+)(?:\s+[^\s\p{L}\p{N}/.]?\s*(.*))?$/u.exec(text) ?? []
  const bare = first.replace(/[^\p{L}\p{N}_+]+$/u, '')
  const key = known.includes(first) ? first : (meant(first, known) ?? (rest ? bare : undefined))
  if (key === undefined) {
    if (text.startsWith('[')) return { cure: "A header is written [kind:name] and ends with ']'." }
    const longer = known.filter(one => one.startsWith(text))
    return longer.length && longer.length <= 6
      ? {
          cure: `${longer.map(one => `'${one} = …'`).join(', ')} begin${longer.length > 1 ? '' : 's'} so.`,
        }
      : undefined
  }
  if (rest) return { suggestion: `${key} = ${rest}` }
  const one = unreached[0]
  return one !== undefined && unreached.length === 1 && key.startsWith('/')
    ? { suggestion: `${key} = ${one}` }
    : { cure: `Write '${key} = …'${asIn(valuesOf(key))}.` }
}

/** Keys that sections of the same kind have in this file, its own left out. */
const keysLike = ({ document }: ConfigFile, name: string): readonly string[] => {
  const [kind] = name.split(':', 1)
  const own = new Set(document.section(name)?.options.map(({ key }) => key))
  const keys = document.sections
    .filter(section => section.name.split(':', 1)[0] === kind)
    .flatMap(section => section.options.map(({ key }) => key))
  return [...new Set(keys)].filter(key => !own.has(key))
}

/** What the factory of the section takes. */
const declaredKeys = (
  file: ConfigFile,
  { section = '' }: PasteError,
  { trees }: Patient,
): readonly string[] => {
  const tree = trees.get(file)?.get(section)
  const declared = tree?.type === 'factory' ? declarationsOf(tree.plan.factory) : null
  const own = file.document.section(section)
  return Object.keys(declared ?? {}).filter(key => !key.includes('*') && !own?.has(key))
}

/** What sections of the same kind say by that key. */
const valuesOf = ({ document }: ConfigFile, name: string, key: string): readonly string[] => [
  ...new Set(
    document.sections
      .filter(one => one.name !== name && one.name.split(':', 1)[0] === name.split(':', 1)[0])
      .flatMap(one => one.get(key)?.value ?? []),
  ),
]

const asIn = (values: readonly string[]): string =>
  values.length && values.length <= 4 ? `; others here have ${values.join(' or ')}` : ''
