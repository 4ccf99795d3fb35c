import { type IniDocument, IniSection, type Position, type ValueLine } from './document.js'
import { IniError, type IniErrorKind } from './error.js'
import { excerptOf } from './excerpt.js'
import { indentOf, strip, stripEnd, stripStart } from './text.js'

/** An option while its continuation lines are still to come. */
interface OpenOption {
  readonly section: IniSection
  readonly key: string
  readonly keyAt: Position
  readonly valueAt: Position
  readonly lines: ValueLine[]
}

/** Fills the document by the rules of Python's configparser, strict, as Paste Deploy uses it. */
export const readPaste = (document: IniDocument): IniError[] => {
  const problems: IniError[] = []
  let section: IniSection | undefined
  let open: OpenOption | undefined
  let indentation = 0
  let headless = false

  const problem = (
    kind: IniErrorKind,
    at: Position,
    reason: string,
    names: { section?: string; option?: string } = {},
    length?: number,
  ): void => {
    const excerpt = excerptOf(document.lines, at, length)
    problems.push(new IniError(kind, reason, { file: document.file, ...at, ...names, excerpt }))
  }

  const close = (): void => {
    if (!open) return
    const value = stripEnd(open.lines.map(line => line.text).join('\n'))
    const { section, key, keyAt, valueAt, lines } = open
    section.add({ section: section.name, key, value, keyAt, valueAt, lines: usedLines(lines) })
    open = undefined
  }

  document.lines.forEach((line, index) => {
    const text = strip(line)
    const indent = indentOf(line)
    const at: Position = { line: index + 1, column: indent + 1 }

    if (text.startsWith('#') || text.startsWith(';')) return
    if (!text) {
      open?.lines.push({ text: '', line: at.line, column: 1 })
      return
    }
    if (open && indent > indentation) {
      open.lines.push({ text, ...at })
      return
    }
    indentation = indent

    // to the last bracket of the line, as today's Python reads it; what follows is ignored
    const header = /^\[(.+)\]/.exec(text)?.[1]
    if (header !== undefined) {
      close()
      const known = document.section(header)
      if (known && header !== 'DEFAULT') {
        problem(
          'duplicate-section',
          at,
          `section [${header}] stands here a second time; the first is in line ${known.at.line}`,
          { section: header },
          header.length + 2,
        )
      }
      section = known ?? new IniSection(header, at)
      if (!known) document.addSection(section)
      return
    }

    if (!section) {
      if (!headless) {
        problem('option-before-section', at, beforeSection(text), {}, text.length)
      }
      headless = true
      return
    }

    const option = /^([^=:]*)([=:])(.*)$/s.exec(text)
    const key = stripEnd(option?.[1] ?? '')
    if (!option || !key) {
      close()
      const why = option ? `no name stands before '${option[2]}'` : "there is no '=' or ':'"
      problem(
        'not-an-option-line',
        at,
        `'${text}' is no option, header or comment: ${why}`,
        { section: section.name },
        text.length,
      )
      return
    }
    close()
    const earlier = section.get(key)
    if (earlier) {
      problem(
        'duplicate-option',
        at,
        `option '${key}' stands a second time in [${section.name}]; the first is in line ${earlier.keyAt.line}`,
        { section: section.name, option: key },
        key.length,
      )
    }
    const raw = option[3] ?? ''
    const column = at.column + text.length - stripStart(raw).length
    const valueAt = { line: at.line, column }
    open = { section, key, keyAt: at, valueAt, lines: [{ text: strip(raw), ...valueAt }] }
  })
  close()
  return problems
}

const beforeSection = (text: string): string =>
  text.startsWith('\ufeff')
    ? `the file begins with a byte order mark, so its first line '${strip(text.slice(1))}' is not understood; save it as plain UTF-8`
    : `'${text}' stands before the first [section]`

/** Without the empty lines at the end, which do not belong to the value. */
const usedLines = (lines: readonly ValueLine[]): readonly ValueLine[] =>
  lines.slice(0, lines.findLastIndex(line => line.text) + 1)
