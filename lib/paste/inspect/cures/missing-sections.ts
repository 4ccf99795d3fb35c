import type { ConfigFile } from '../../config-file.js'
import type { Asked, PasteError } from '../../errors.js'
import { allProtocols } from '../../kinds.js'
import type { Patient } from './cure-book.js'

/** A section that is asked for and is not there, and everybody who asks. */
export interface Missing extends Asked {
  readonly errors: readonly PasteError[]
}

/** Sections that are asked for in a file, and are not there under any kind. */
export const missingIn = (file: ConfigFile, { told }: Patient): readonly Missing[] => {
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

/** Whether the language itself takes the option for the name of a section there. */
const asksByNature = ({ option, section = '' }: PasteError): boolean =>
  option === 'use' ||
  (option === 'pipeline' && section.startsWith('pipeline:')) ||
  (option === 'next' && section.startsWith('filter-app:'))

/** Options that only a section of their own can have, in a section that has one already. */
export const structural: ReadonlySet<string> = new Set(['use', 'pipeline', 'next', ...allProtocols])
