import { words } from '../../../ini/index.js'
import type { ConfigFile } from '../../config-file.js'
import type { PasteError } from '../../errors.js'
import type { CureBook, Patient } from './cure-book.js'

/** What a name that was cut begins: the same option elsewhere, or else what nothing leads to, tells. */
export const cureNames = ({ told, files, heads }: Patient, book: CureBook): void => {
  for (const error of told.errors) {
    const file = files.find(({ path }) => path === error.file)
    const { asked, suggestion } = error
    if (!file || !asked || error.option === undefined || book.isCured(error)) continue
    if (suggestion) {
      addOthers(error, file, heads, book)
      continue
    }
    const { want, name } = asked
    const whole = file.document.section(error.section ?? '')?.get(error.option)?.value ?? ''
    // of a pipeline, there is more to say
    if (words(whole).length > 1) continue
    const alike = name === '' ? sameKey(file, error) : undefined
    if (alike) book.add(error, { cure: alike })
    const candidates = file.askable.filter(
      one => one.want === want && one.name.startsWith(name) && one.name !== name,
    )
    const elsewhere = sameOption(file, error).filter(value => value.startsWith(name))
    const idle = candidates
      .filter(one => heads.some(head => head.section === one.section))
      .map(one => one.name)
    const [only, ...more] = idle.length === 1 || !elsewhere.length ? idle : elsewhere
    if (only !== undefined && !more.length) {
      const line = candidates.find(one => one.name === only)?.section.at.line
      book.add(error, { suggestion: only, suggestionLine: line })
    } else if (candidates.length && candidates.length <= 6) {
      const names = candidates.map(one => `'${one.name}' (line ${one.section.at.line})`)
      book.add(error, { cure: `${names.join(', ')} begin${names.length > 1 ? '' : 's'} so.` })
    } else if (idle.length) {
      book.add(error, { cure: `Nothing leads to ${idle.map(one => `'${one}'`).join(', ')}.` })
    } else {
      const like = sameKey(file, error)
      if (like) book.add(error, { cure: like })
    }
  }
}

/** One slip away stands one name, but the line may have been cut of a longer one. */
const addOthers = (
  error: PasteError,
  file: ConfigFile,
  heads: Patient['heads'],
  book: CureBook,
): void => {
  const { asked, suggestion } = error
  const longer = file.askable
    .filter(({ want, name }) => want === asked?.want && name.startsWith(asked.name))
    .filter(({ name }) => name !== suggestion)
    .map(({ name, section }) => `'${name}' (line ${section.at.line})`)
  const idle = heads.filter(
    ({ want, name }) => want === asked?.want && name !== suggestion && name.startsWith(asked.name),
  )
  if (idle.length && idle.length <= 3) {
    const names = idle.map(({ name, section }) => `'${name}' (line ${section.at.line})`)
    book.add(error, { cure: `Or ${names.join(', ')}, which nothing leads to.` })
  } else if (longer.length && longer.length <= 3)
    book.add(error, { cure: `Or ${longer.join(', ')}.` })
}

/** Where another section has a pipeline by that key. */
const sameKey = (file: ConfigFile, { section, option = '' }: PasteError): string | undefined => {
  const found = file.document.sections
    .filter(one => one.name !== section)
    .flatMap(one => one.get(option) ?? [])
    .find(({ value }) => words(value).length > 1)
  return found && `Line ${found.keyAt.line} has '${option} = ${words(found.value).join(' ')}'.`
}

/** What other sections say by the same key, applications all. */
const sameOption = (file: ConfigFile, { section, option = '' }: PasteError): readonly string[] => [
  ...new Set(
    file.document.sections
      .filter(one => one.name !== section)
      .flatMap(one => one.get(option)?.value ?? [])
      .filter(value => file.has('app', value)),
  ),
]
