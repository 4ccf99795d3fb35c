import { words } from '../../../ini/index.js'
import { nearest } from '../../../util/nearest.js'
import { likeness } from '../../meant.js'
import type { CureBook, Patient } from './cure-book.js'

/** Where a section that nothing leads to may have been named: where the one of the likest name is. */
export const cureUnused = ({ told, files, unreached, asked }: Patient, book: CureBook): void => {
  const [file] = files
  if (!file) return
  for (const warning of told.warnings) {
    if (warning.code !== 'unused-section' || book.isCured(warning)) continue
    const one = unreached.find(({ section }) => section.name === warning.at.section)
    if (!one) continue
    const absent = asked.filter(name => !file.has('app', name))
    const program = one.want === 'app' ? nearest(one.name, absent) : undefined
    if (program !== undefined) {
      const [kind] = one.section.name.split(':', 1)
      book.add(warning, { suggestion: `[${kind}:${program}]` })
      continue
    }
    const [like] = file.askable
      .filter(({ want, section }) => want === one.want && section.name !== one.section.name)
      .filter(({ section }) => !unreached.some(other => other.section.name === section.name))
      .map(other => ({ other, score: likeness(other.name, one.name) }))
      .filter(({ score }) => score > 0.6)
      .toSorted((a, b) => b.score - a.score)
    const lines = like ? linesNaming(like.other.name) : []
    const waive = "or allow it: '# paste: allow unused-section' above its header"
    const cure =
      like && lines.length
        ? `Name '${one.name}' where it is wanted ('${like.other.name}' is named in line ${lines.join(', ')}), take it away, ${waive}.`
        : `Name '${one.name}' where it is wanted, take it away, ${waive}.`
    book.add(warning, { cure })
  }

  function linesNaming(name: string): number[] {
    const found =
      file?.document.sections.flatMap(section =>
        section.options.flatMap(option =>
          words(option.value).includes(name) ? [option.keyAt.line] : [],
        ),
      ) ?? []
    return found.slice(0, 4)
  }
}
