import { words } from '../../ini/index.js'
import type { ConfigFile } from '../config-file.js'
import type { Collected } from './collected.js'
import type { Askable, Reach } from './reach.js'

/**
 * What to say of a section that nothing leads to; null where that is no news: it cannot be resolved, or
 * is named in something that cannot.
 *
 * @param from  names of what all begins with; none where nobody says
 */
export const unusedText = (
  one: Askable,
  file: ConfigFile,
  from: readonly string[],
  reach: Reach,
  told: Collected,
): string | null => {
  if (!reach.tree(one) || told.isPartial) return null
  if (told.errors.length && mentions(file, one.name)) return null
  const names = from.map(name => `'${name}'`).join(', ')
  const lead = from.length > 1 ? 'lead' : 'leads'
  return one.want === 'filter'
    ? `is used by nothing${names && ` that ${names} ${lead} to`}: its name stands in no pipeline`
    : `is reached by nothing${names && ` from ${names}`}: no mount and no pipeline leads here`
}

/** Whether the name is a word of any value. */
const mentions = ({ document }: ConfigFile, name: string): boolean =>
  document.sections.some(section =>
    section.options.some(({ value }) => words(value).includes(name)),
  )
