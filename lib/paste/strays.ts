import { nearest } from '../util/nearest.js'
import type { ConfigFile } from './config-file.js'
import { allKinds } from './kinds.js'
import { type Warn, warningAt } from './warnings.js'

/** Tells of sections that are never reached, but look as if they were meant to be. */
export const warnOfStrays = (file: ConfigFile, warn: Warn): void => {
  for (const section of file.document.sections) {
    for (const option of section.options) {
      const line = file.document.lines[option.keyAt.line - 1]?.trim() ?? ''
      if (!isLikeHeader(line)) continue
      const text = `'${line}' is taken for an option: a header is written [kind:name]`
      warn(warningAt('header-open', file.sourceOfOption(option), text))
    }
    const [kind = '', ...rest] = section.name.split(':')
    const { name } = section
    if (name !== 'DEFAULT' && name.toLowerCase() === 'default') {
      warn(
        warningAt(
          'section-ignored',
          file.sourceOf(section),
          `is an ordinary section that nothing reads: globals stand in [DEFAULT], in capitals`,
        ),
      )
    } else if (rest.length && !allKinds.includes(kind)) {
      const near = nearest(kind, allKinds)
      if (near) {
        const text = `'${kind}' is no kind of section.`
        const header = `${near}:${rest.join(':')}`
        warn(warningAt('section-ignored', file.sourceOf(section), text, header))
      }
    }
  }
}

/** `[filter:cors` or `filter:cors]`, a letter of it wrong perhaps. */
const isLikeHeader = (line: string): boolean => {
  if (line.startsWith('[')) return true
  const [, kind] = /^([^:=\s]+)[:=][^:=]+\]$/.exec(line) ?? []
  return kind !== undefined && nearest(kind.replaceAll(/\W/g, ''), allKinds) !== undefined
}
