import { nearest } from '../util/nearest.js'
import { groups } from './groups.js'
import { novaOnlyGroups, novaOnlyOptions } from './nova-names.js'
import type { Group } from './option.js'
import type { Written, WrittenOptions } from './sources.js'
import { unusedOptions } from './unused-options.js'

/** What is said of the names in nova.conf. */
export interface NamesJudged {
  /** Names that nobody knows, one sentence each, with the one that was probably meant. */
  readonly warnings: readonly string[]
  /** Names of nova's that nothing here uses: `[libvirt] cpu_mode`; a group as a whole: `[vmware]`. */
  readonly unused: readonly string[]
}

const known: Readonly<Record<string, Group>> = groups

/**
 * Tells slips from what is nova's and of no use here. As in nova, neither keeps a process from starting.
 *
 * @param isRead  whether a name was read: by an older name, or by a reference
 */
export const judgeNames = (
  written: WrittenOptions,
  isRead: (group: string, option: string) => boolean,
): NamesJudged => {
  const warnings: string[] = []
  const unused: string[] = []
  for (const [groupName, options] of written) {
    const group = known[groupName]
    if (!group && novaOnlyGroups.has(groupName)) unused.push(`[${groupName}]`)
    if (!group) {
      // A section of one's own only holds values to refer to, and nova lets it be.
      if (novaOnlyGroups.has(groupName) || isReferredTo(groupName, options, isRead)) continue
      warnings.push(ofGroup(groupName, options))
      continue
    }
    for (const [name, at] of options) {
      if (isNovaOnly(groupName, name)) unused.push(`[${groupName}] ${name}`)
      else if (!(name in group.options) && !isRead(groupName, name)) {
        warnings.push(ofOption(group, name, at))
      }
    }
  }
  return { warnings, unused }
}

const isNovaOnly = (group: string, option: string): boolean =>
  unusedOptions[group]?.includes(option) === true ||
  novaOnlyOptions[group]?.includes(option) === true

const isReferredTo = (
  group: string,
  options: ReadonlyMap<string, Written>,
  isRead: (group: string, option: string) => boolean,
): boolean => [...options.keys()].some(option => isRead(group, option))

const ofGroup = (name: string, options: ReadonlyMap<string, Written>): string => {
  const first = options.values().next().value
  const meant = nearest(name, [...Object.keys(known), ...novaOnlyGroups])
  return `${place({ file: first?.file })}[${name}] is no group that is read here${suggestion(meant)}`
}

const ofOption = (group: Group, name: string, at: Written): string => {
  const message = `${place(at)}[${group.name}] has no option '${name}'`
  const elsewhere = Object.values(known).find(({ options }) => name in options)
  if (elsewhere) return `${message}; it belongs to [${elsewhere.name}]`
  const names = [...Object.keys(group.options), ...(novaOnlyOptions[group.name] ?? [])]
  return message + suggestion(nearest(name, names))
}

/** Where something was written, as a message begins with it. */
export const place = ({ file, line }: Pick<Written, 'file' | 'line'>): string => {
  if (file === undefined) return ''
  return line === undefined ? `${file}: ` : `${file}:${line}: `
}

export const suggestion = (name: string | undefined): string =>
  name === undefined ? '' : `. Did you mean '${name}'?`
