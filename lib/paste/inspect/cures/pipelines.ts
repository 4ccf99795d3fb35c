import { words } from '../../../ini/index.js'
import type { ConfigFile } from '../../config-file.js'
import type { PasteError } from '../../errors.js'
import { likeness } from '../../meant.js'
import type { CureBook, Patient } from './cure-book.js'

/** How a pipeline that does not end with an application, or is missing, may have gone on. */
export const curePipelines = (patient: Patient, book: CureBook): void => {
  for (const error of patient.told.errors) {
    const file = patient.files.find(({ path }) => path === error.file)
    if (!file || error.section === undefined || book.isCured(error)) continue
    if (error.kind === 'missing-pipeline' || error.kind === 'empty-pipeline') {
      book.add(error, { cure: wholeLine(error, file, patient) })
    } else if (error.kind === 'no-section' && error.asked?.want === 'app') {
      const cure = ending(error, file, patient)
      if (cure) book.add(error, { cure })
    }
  }
}

interface Line {
  readonly line: number
  readonly section: string
  readonly names: readonly string[]
}

/** Every option that may be a pipeline: two words at least, the last an application. */
const pipelinesIn = (file: ConfigFile): readonly Line[] =>
  file.document.sections.flatMap(section =>
    section.options
      .map(({ value, keyAt }) => ({ line: keyAt.line, section: section.name, names: words(value) }))
      .filter(({ names }) => names.length > 1 && file.has('app', names.at(-1) ?? '')),
  )

/** Apps that nothing leads to now. */
const idleApps = ({ unreached }: Patient, section: string): readonly string[] =>
  unreached
    .filter(one => one.want === 'app' && one.section.name !== section)
    .map(({ section: { name, at } }) => `[${name}] (line ${at.line})`)

const wholeLine = (error: PasteError, file: ConfigFile, patient: Patient): string => {
  const section = error.section ?? ''
  const idle = idleApps(patient, section).filter(name => name.startsWith('[app'))
  if (idle.length)
    return `Write 'pipeline = …'; nothing leads to ${idle.join(' or ')}, which may be its end.`
  const like = pipelinesIn(file)
    .filter(one => one.section !== section)
    .toSorted((a, b) => likeness(b.section, section) - likeness(a.section, section))[0]
  return like
    ? `Write 'pipeline = …', as in line ${like.line}: ${like.names.join(' ')}`
    : "Write 'pipeline = FILTER … APP'."
}

/** For a pipeline whose last word is no application. */
const ending = (error: PasteError, file: ConfigFile, patient: Patient): string | undefined => {
  const option = file.document.section(error.section ?? '')?.get(error.option ?? '')
  const names = words(option?.value ?? '')
  const last = names.at(-1)
  if (last !== error.asked?.name) return undefined
  const isFilter = file.has('filter', last ?? '')
  if (names.length < 2 && !isFilter) return undefined
  if (error.suggestion !== undefined && !beginsAnother(error.asked?.name ?? '', error, file))
    return undefined
  const begin = 'A pipeline ends with an application'
  const same = pipelinesIn(file)
    .filter(({ line, section }) => section !== error.section || line !== option?.keyAt.line)
    .map(one => ({ ...one, shared: sharedStart(one.names, names) }))
    .filter(
      ({ shared, names: all }) =>
        shared >= names.length - 1 && all.length > names.length - (isFilter ? 0 : 1),
    )
    .toSorted(
      (a, b) =>
        b.shared - a.shared ||
        Number(b.section === error.section) - Number(a.section === error.section),
    )[0]
  const idle = idleApps(patient, error.section ?? '')
  const told = idle.length ? `; nothing leads to ${idle.slice(0, 3).join(', ')}` : ''
  if (!same) return `${cutWord(last ?? '', file)}${begin}${told || appsOf(file)}.`
  const rest = same.names.slice(isFilter ? names.length : names.length - 1)
  return `${cutWord(last ?? '', file)}${begin}${told}; line ${same.line}, which begins the same, goes on with '${rest.join(' ')}'.`
}

const appsOf = (file: ConfigFile): string => {
  const apps = file.askable.filter(({ section }) => /^app(lication)?:/.test(section.name))
  return apps.length && apps.length <= 6 ? `: ${apps.map(({ name }) => name).join(', ')}` : ''
}

/** Whether what is meant may also be a longer name, cut. */
const beginsAnother = (word: string, { suggestion }: PasteError, file: ConfigFile): boolean =>
  file.askable.some(({ name }) => name !== suggestion && name.startsWith(word))

/** Where a word was cut, the names that begin so. */
const cutWord = (word: string, file: ConfigFile): string => {
  if (file.has('filter', word)) return ''
  const names = file.askable
    .filter(({ name, want }) => want !== 'server' && name.startsWith(word))
    .map(({ name }) => `'${name}'`)
  return names.length && names.length <= 4
    ? `${names.join(', ')} begin${names.length > 1 ? '' : 's'} so. `
    : ''
}

/** Words in which they agree from the start; one that was cut agrees with what it begins. */
const sharedStart = (whole: readonly string[], cut: readonly string[]): number => {
  let shared = 0
  while (shared < cut.length && whole[shared] === cut[shared]) shared++
  return shared === cut.length - 1 && whole[shared]?.startsWith(cut[shared] ?? '')
    ? shared + 1
    : shared
}
