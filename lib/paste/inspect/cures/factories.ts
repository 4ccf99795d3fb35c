import type { ConfigFile } from '../../config-file.js'
import type { PasteError } from '../../errors.js'
import { allProtocols, type Protocol, protocolOfCall, type Want } from '../../kinds.js'
import { knownModules, mostLike } from '../../known-modules.js'
import { parseReference } from '../../reference.js'
import { type CureBook, lineOf, type Patient } from './cure-book.js'
import { withExport } from './with-export.js'

/** Which factory a section may have named that names none. */
export const cureFactories = async (patient: Patient, book: CureBook): Promise<void> => {
  for (const error of patient.told.errors) {
    const file = patient.files.find(({ path }) => path === error.file)
    if (!file || error.suggestion || book.isCured(error) || !lacksFactory(error, file)) continue
    const cure = await guess(error, file, patient)
    if (cure) book.add(error, { cure })
  }
}

/** Nothing is said of it, or the line that does says a protocol and no more. */
const lacksFactory = ({ kind, line = 0 }: PasteError, file: ConfigFile): boolean => {
  const text = lineOf(file, line)
  if (kind === 'bad-reference') return /=\s*$/.test(text)
  if (kind !== 'not-an-option-line') return kind === 'no-loader'
  return text.length > 1 && allProtocols.some(protocol => protocol.startsWith(text))
}

/** Modules of this kind that no section names, beside those that one does; the likest by its name. */
const guess = async (
  { section = '' }: PasteError,
  file: ConfigFile,
  { session }: Patient,
): Promise<string | undefined> => {
  const [kind = '', name = ''] = section.split(':')
  const want: Want = kind === 'filter' || kind === 'server' ? kind : 'app'
  const protocol = protocolOfCall(want, section)
  const named = references(file)
  const siblings = named
    .filter(one => one.protocol === protocol || protocol === 'paste.composite_factory')
    .flatMap(({ module }) => knownModules(beside(module), file.folder, {}))
  const given = Object.keys(session.modules)
  const used = new Set(named.map(({ module }) => module))
  const isComposite = protocol === 'paste.composite_factory'
  const candidates = [...new Set([...siblings, ...given])].filter(
    one => isComposite || !used.has(one),
  )
  const sameKind = isComposite
    ? named.filter(one => one.protocol === protocol).map(({ reference }) => reference)
    : []
  if (sameKind.length) {
    const told = [...new Set(sameKind)].join(' or ')
    return `Write '${protocol} = …'; other composites here have ${told}.`
  }
  const module = mostLike(name, candidates)
  if (module === undefined) return undefined
  const attribute = named.some(one => one.attribute === 'factory') ? 'factory' : undefined
  const reference = given.includes(module)
    ? await withExport(module, name, session)
    : attribute
      ? `${module}:${attribute}`
      : module
  return `Perhaps '${protocol} = ${reference}', which no section names.`
}

/** A name in the same folder, which is not there: its neighbours are what is wanted. */
const beside = (module: string): string => `${module.slice(0, module.lastIndexOf('/') + 1)}\u0000`

interface Named {
  readonly protocol: Protocol | 'use'
  readonly reference: string
  readonly module: string
  readonly attribute: string | null
}

const references = ({ document }: ConfigFile): readonly Named[] =>
  document.sections.flatMap(section =>
    section.options.flatMap(({ key, value }): Named[] => {
      const call = key === 'use' && value.startsWith('call:') ? value.slice(5) : null
      if (call === null && !/^paste\.\w+$/.test(key)) return []
      const parsed = parseReference(call ?? value)
      const kind = section.name.split(':', 1)[0] === 'filter' ? 'filter' : 'app'
      const protocol = call === null ? (key as Protocol) : protocolOfCall(kind, section.name)
      return parsed
        ? [{ ...parsed, protocol, reference: call === null ? value : `call:${call}` }]
        : []
    }),
  )
