import type { ConfigFile } from '../../config-file.js'
import type { PasteError } from '../../errors.js'
import type { CureBook, Patient } from './cure-book.js'
import { withExport } from './with-export.js'

/** References that were cut: the module without its export, a URI without its end. */
export const cureReferences = async (patient: Patient, book: CureBook): Promise<void> => {
  for (const error of patient.told.errors) {
    const file = patient.files.find(({ path }) => path === error.file)
    if (!file || error.option === undefined || book.isCured(error)) continue
    if (error.kind === 'import-failed' && error.suggestion !== undefined) {
      if (!error.suggestion.includes(':')) {
        const { session } = patient
        const suggestion = session.modules[error.suggestion]
          ? await withExport(error.suggestion, nameOf(error), session)
          : usualExport(error.suggestion, error, file)
        book.add(error, { suggestion })
      }
    } else if (
      (kinds.has(error.kind) || error.option === 'use') &&
      error.suggestion === undefined
    ) {
      const cure = longerOnes(error, file)
      if (cure) book.add(error, cure)
    }
  }
}

const kinds: ReadonlySet<string> = new Set([
  'bad-call-spec',
  'no-package',
  'no-entry-point',
  'unknown-scheme',
  'uri-without-scheme',
  'no-such-export',
  'import-failed',
])

/** With the export that others of the kind name. */
const usualExport = (module: string, { option }: PasteError, { document }: ConfigFile): string =>
  document.sections
    .flatMap(section => section.get(option ?? '')?.value ?? [])
    .some(value => value.endsWith(':factory'))
    ? `${module}:factory`
    : module

/** What other sections say by the same key that begins so. */
const longerOnes = (
  { option = '', section }: PasteError,
  { document }: ConfigFile,
): { suggestion: string } | { cure: string } | undefined => {
  const own = document.section(section ?? '')?.get(option)?.value
  if (own === undefined) return undefined
  const values = document.sections
    .filter(({ name }) => name !== section)
    .flatMap(one => one.get(option)?.value ?? [])
    .filter(value => value.startsWith(own) && value !== own)
  const [only, ...more] = new Set(values)
  if (only === undefined) return undefined
  return more.length
    ? { cure: `Other sections here have ${[only, ...more].join(' or ')}.` }
    : { suggestion: only }
}

const nameOf = ({ section = '' }: PasteError): string => section.slice(section.indexOf(':') + 1)
