import { IniDocument, type IniOption, IniSection, words } from '../ini/index.js'
import { nearest } from '../util/nearest.js'
import type { ConfigFile } from './config-file.js'
import { type Chain, PasteError, type Source } from './errors.js'

/** What the base of an overlay is called in it, and where that stands; null for any other file. */
export const overlaidBy = (file: ConfigFile): { readonly base: string; at: Source } | null => {
  const option = file.document.section('overlay')?.get('base')
  return option ? { base: option.value, at: file.sourceOfOption(option) } : null
}

/**
 * The base with the edits of an overlay made to its pipelines:
 *
 *     [edit:pipeline:api]
 *     before authtoken = ratelimit
 *     after cors = mylog
 *     replace sizelimit = bigger
 *     remove = osprofiler
 *
 * `in = keystone noauth2` names the options of a composite that hold pipelines; of a pipeline it is its own.
 *
 * @throws PasteError bad-overlay, when a section or an anchor is gone
 */
export const editedBase = (base: ConfigFile, overlay: ConfigFile, chain: Chain): ConfigFile => {
  const edits = new Map<string, Map<string, string[]>>()
  for (const section of overlay.document.sections) {
    if (section.name.startsWith('edit:')) {
      edits.set(section.name.slice(5), editedOptions(base, overlay, section, chain))
    }
  }
  const { file, dialect, lines } = base.document
  const document = new IniDocument(file, dialect, lines)
  for (const section of base.document.sections) {
    const copy = new IniSection(section.name, section.at)
    const changed = edits.get(section.name)
    for (const option of section.options) copy.add(edited(option, changed?.get(option.key)))
    document.addSection(copy)
  }
  return base.with(document)
}

const edited = (option: IniOption, names: readonly string[] | undefined): IniOption => {
  if (!names) return option
  const value = names.join(' ')
  return { ...option, value, lines: option.lines }
}

const editedOptions = (
  base: ConfigFile,
  overlay: ConfigFile,
  section: IniSection,
  chain: Chain,
): Map<string, string[]> => {
  const name = section.name.slice(5)
  const refuse = (option: IniOption | null, reason: string, suggestion?: string): PasteError => {
    const at = option ? overlay.sourceOfOption(option) : overlay.sourceOf(section)
    return new PasteError('bad-overlay', reason, { at, chain, suggestion })
  }
  const target = base.document.section(name)
  if (!target) {
    const known = base.document.sections.map(one => one.name)
    throw refuse(null, `${base.path} has no section [${name}].`, nearest(name, known))
  }
  const inside = section.get('in')
  const keys = inside ? words(inside.value) : ['pipeline']
  const pipelines = new Map<string, string[]>()
  for (const key of keys) {
    const option = target.get(key)
    if (!option) {
      const known = target.options.map(one => one.key)
      throw refuse(inside ?? null, `[${name}] has no '${key}'.`, nearest(key, known))
    }
    pipelines.set(key, words(option.value))
  }
  for (const option of section.options) {
    if (option.key === 'in') continue
    for (const [key, names] of pipelines) {
      const problem = apply(names, option)
      if (problem)
        throw refuse(
          option,
          `${problem.reason} in '${key}' of [${name}] (${base.path}).`,
          problem.meant,
        )
    }
  }
  return pipelines
}

const verbs = ['before', 'after', 'replace', 'remove']

/** Changes the names in place. @returns what is wrong */
const apply = (
  names: string[],
  { key, value }: IniOption,
): { readonly reason: string; readonly meant?: string | undefined } | null => {
  const [, verb = '', anchor = ''] = /^(\S+)(?:\s+(.*))?$/.exec(key) ?? []
  const given = words(value)
  if (!verbs.includes(verb) || (verb === 'remove') !== (anchor === '')) {
    const reason = `'${key}' is no edit: write before NAME = …, after NAME = …, replace NAME = … or remove = …`
    return { reason, meant: nearest(verb, verbs) }
  }
  if (!given.length) return { reason: `'${key}' names nothing` }
  for (const name of verb === 'remove' ? given : [anchor]) {
    const at = names.indexOf(name)
    if (at < 0) return { reason: `there is no '${name}'`, meant: nearest(name, names) }
    if (verb === 'remove') names.splice(at, 1)
    else if (verb === 'replace') names.splice(at, 1, ...given)
    else names.splice(verb === 'before' ? at : at + 1, 0, ...given)
  }
  return null
}
