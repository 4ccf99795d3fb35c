import type { ConfigFile } from './config-file.js'
import { type Asked, type Chain, PasteError, type Source } from './errors.js'
import { allKinds, sectionKinds } from './kinds.js'
import { meant } from './meant.js'
import { kindOf, nameOf } from './section-name.js'
import { meantUri } from './uri.js'

/** What is said where no section has the name that is asked for: which there are, and which was meant. */
export const noSection = (
  file: ConfigFile,
  { want, name }: Asked,
  at: Source | undefined,
  chain: Chain,
): PasteError => {
  const kinds = sectionKinds[want].flat()
  const candidates = file.document.sections
    .map(section => section.name)
    .filter(section => kinds.includes(kindOf(section)))
  const other = file.document.sections.find(
    section => allKinds.includes(kindOf(section.name)) && nameOf(section.name) === name,
  )
  const there = other
    ? `[${other.name}] (line ${other.at.line}) has that name, but is not ${want === 'app' ? 'an application' : `a ${want}`}.`
    : candidates.length
      ? `There is ${candidates.slice(0, 12).map(nameOf).join(', ')}${candidates.length > 12 ? ', …' : ''}.`
      : 'There is none at all.'
  const names = candidates.map(nameOf)
  // a sign doubled: `/v2:: app`
  const near = other
    ? undefined
    : (meant(name, names) ?? meant(name.replace(/^[:=\s]+/, ''), names))
  const meantSection = candidates.find(candidate => nameOf(candidate) === near)
  return new PasteError(
    'no-section',
    `${name === '' && at?.option ? `'${at.option}' names nothing, and ` : ''}no section is called '${name}' (as ${kinds.join(', ')}) in ${file.path}. ${there}`,
    {
      at: at ?? (other && file.sourceOf(other)),
      file: file.path,
      chain,
      asked: { want, name },
      suggestion: near ?? (other ? undefined : meantUri(name)),
      suggestionLine:
        meantSection === undefined ? undefined : file.document.section(meantSection)?.at.line,
    },
  )
}
