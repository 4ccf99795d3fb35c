import { nearest } from '../util/nearest.js'
import { PasteError } from './errors.js'
import { allProtocols } from './kinds.js'
import { isSecretName } from './secrets.js'
import type { SectionAt } from './section-at.js'
import { type Globals, lay, type Options } from './settings.js'
import { warningAt } from './warnings.js'

/** What the language itself reads in a section. */
const structuralKeys: ReadonlySet<string> = new Set(['use', 'pipeline', 'next', ...allProtocols])

/** Globals that every file has. */
const own: ReadonlySet<string> = new Set(['here', '__file__'])

/** The lines of a section, sorted. */
export interface SectionLines {
  readonly options: Options
  /** What `set` lines say; laid over what is used. */
  readonly additions: Options
}

/** Sorts the lines of a section, and those of DEFAULT it lacks. @param globals  changed by `set` lines */
export const sortLines = (here: SectionAt, globals: Globals): SectionLines => {
  const { scope, section, chain, session } = here
  const defaults = scope.defaults(chain)
  const options: Options = new Map()
  const additions: Options = new Map()
  const gets = new Map<string, string>()
  const wrong: unknown[] = []
  const inherited = scope.defaultKeys.filter(key => typeof key === 'string' && !section.has(key))
  for (const key of [...section.options.map(option => option.key), ...inherited]) {
    if (typeof key !== 'string') continue
    try {
      if (key.startsWith('set ')) {
        const name = key.slice(4).trim()
        const value = here.setting(key)
        additions.set(name, value)
        lay(globals, name, value)
      } else if (key.startsWith('get ')) {
        gets.set(key.slice(4).trim(), key)
      } else if (!defaults.has(key)) {
        options.set(key, here.setting(key))
      } else if (section.has(key)) {
        hidden(here, key, options)
      }
    } catch (error) {
      wrong.push(error)
      if (!session.alsoWrong) throw error
    }
  }
  for (const error of wrong.slice(1)) session.alsoWrong?.(error)
  if (wrong.length) throw wrong[0]
  for (const [name, key] of gets) get(here, globals, options, name, key)
  return { options, additions }
}

/** An option named like a global of DEFAULT or of the caller never reaches the factory. */
const hidden = (here: SectionAt, key: string, options: Options): void => {
  const { scope, section, session } = here
  const option = section.get(key)
  if (!option) return
  const kept = structuralKeys.has(key)
  const inDefault = scope.file.document.section('DEFAULT')?.get(key)
  const by = inDefault
    ? `[DEFAULT] (line ${inDefault.keyAt.line})`
    : own.has(key)
      ? 'a global of the loader itself'
      : 'a global of the caller'
  const text = kept
    ? `'${key}' is also in ${by}, where it does nothing; the section's own is used`
    : `'${key}' is ignored: ${by} has the same name and hides it. To override it write 'set ${key} = ${isSecretName(key) ? '…' : option.value}'`
  session.warn(warningAt('option-hidden', scope.file.sourceOfOption(option), text))
  if (kept) options.set(key, here.setting(key))
}

const get = (
  here: SectionAt,
  globals: Globals,
  options: Options,
  name: string,
  key: string,
): void => {
  const { scope, section, chain, source } = here
  const option = scope.option(section, key)
  const wanted = String(here.setting(key).value)
  const found = globals.get(wanted)
  if (!found) {
    const names = [...globals.keys()].filter(one => typeof one === 'string')
    const text = `'get ${name}' asks for the global '${wanted}', and there is none.`
    const at = option ? scope.file.sourceOfOption(option, wanted) : source
    throw new PasteError('missing-global', text, {
      at,
      chain,
      suggestion: nearest(wanted, names),
    })
  }
  const at = option && scope.file.sourceOfOption(option)
  options.delete(name)
  options.set(name, { value: found.value, source: at, over: found, secret: found.secret })
}

/** Takes an option out. */
export const take = (options: Options, key: string): string | undefined => {
  const setting = options.get(key)
  options.delete(key)
  return setting === undefined ? undefined : String(setting.value)
}
