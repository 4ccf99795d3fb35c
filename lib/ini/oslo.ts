import { type IniDocument, IniSection, type Position, type ValueLine } from './document.js'
import { IniError, type IniErrorKind } from './error.js'
import { excerptOf } from './excerpt.js'
import { indentOf, strip, stripEnd } from './text.js'

/**
 * Fills the document by the rules of oslo.config's iniparser: a line that begins with a blank
 * continues the value above it (comment signs and all), an empty line ends the value, a pair of
 * quotes around a value is taken off, keys and sections may come again.
 */
export const readOslo = (document: IniDocument): IniError[] => {
  const problems: IniError[] = []
  let section: IniSection | undefined
  let open: { key: string; keyAt: Position; valueAt: Position; lines: ValueLine[] } | undefined

  const problem = (kind: IniErrorKind, at: Position, reason: string, text: string): void => {
    const excerpt = excerptOf(document.lines, at, text.length)
    const place = { file: document.file, ...at, section: section?.name, excerpt }
    problems.push(new IniError(kind, reason, place))
  }

  const close = (): void => {
    if (open && section) {
      const { key, keyAt, valueAt, lines } = open
      const value = lines.map(line => line.text).join('\n')
      section.add({ section: section.name, key, value, keyAt, valueAt, lines })
    }
    open = undefined
  }

  document.lines.forEach((line, index) => {
    const text = stripEnd(line)
    const indent = indentOf(text)
    const at: Position = { line: index + 1, column: indent + 1 }
    const inner = strip(text)

    if (!text) {
      close()
      return
    }
    if (indent > 0) {
      if (open) open.lines.push({ text: inner, ...at })
      else if (!isComment(inner)) {
        problem(
          'unexpected-continuation',
          at,
          `'${inner}' is indented, but there is no option above it to continue`,
          inner,
        )
      }
      return
    }
    close()
    if (isComment(text)) return

    if (text.startsWith('[')) {
      const name = text.slice(1, -1)
      if (!text.endsWith(']')) {
        problem('bad-section-header', at, `'${text}' has no ']' at its end`, text)
      } else if (!name) {
        problem('bad-section-header', at, `'${text}' names no section`, text)
      } else {
        section = document.section(name) ?? new IniSection(name, at)
        document.addSection(section)
      }
      return
    }

    const delimiter = text.search(/[=:]/)
    const key = stripEnd(text.slice(0, Math.max(delimiter, 0)))
    if (delimiter < 0 || !key) {
      const why = delimiter < 0 ? "there is no '=' or ':'" : `no name before '${text[delimiter]}'`
      problem('not-an-option-line', at, `'${text}' is no option, header or comment: ${why}`, text)
      return
    }
    if (!section) {
      const hint = key.startsWith('\ufeff')
        ? ' (the file begins with a byte order mark; save it as plain UTF-8)'
        : ''
      problem(
        'option-before-section',
        at,
        `'${text}' stands before the first [section]${hint}`,
        text,
      )
      return
    }
    const raw = text.slice(delimiter + 1)
    const valueAt = { line: at.line, column: delimiter + 2 + indentOf(raw) }
    open = { key, keyAt: at, valueAt, lines: [{ text: unquote(strip(raw)), ...valueAt }] }
  })
  close()
  return problems
}

const isComment = (text: string): boolean => text.startsWith('#') || text.startsWith(';')

const unquote = (value: string): string =>
  (value.startsWith('"') && value.endsWith('"')) || (value.startsWith("'") && value.endsWith("'"))
    ? value.slice(1, -1)
    : value
