import { type IniDialect, IniDocument } from './document.js'
import { IniError } from './error.js'
import { readOslo } from './oslo.js'
import { readPaste } from './paste.js'
import { splitLines } from './text.js'

export interface IniSource {
  /** For messages only; nothing is read from it. */
  readonly file?: string | undefined
  readonly dialect: IniDialect
}

/**
 * Reads the text to its end, whatever is wrong with it.
 *
 * @returns the document as far as it makes sense, and every problem in the order of the file
 */
export const readIni = (
  text: string,
  source: IniSource,
): { readonly document: IniDocument; readonly problems: readonly IniError[] } => {
  const document = new IniDocument(source.file ?? '<text>', source.dialect, splitLines(text))
  const problems = source.dialect === 'paste' ? readPaste(document) : readOslo(document)
  return { document, problems }
}

/**
 * Reads the text, or refuses it.
 *
 * @throws IniError the first problem; but, as configparser does it, lines that are no options
 *   count last, and one error names them all
 */
export const parseIni = (text: string, source: IniSource): IniDocument => {
  const { document, problems } = readIni(text, source)
  const [first] = problems
  if (!first) return document
  const grave = problems.find(problem => problem.kind !== 'not-an-option-line')
  if (grave || problems.length === 1) throw grave ?? first
  const told = problems.map(problem => `${problem.line}: ${problem.reason}`)
  throw new IniError(
    'not-an-option-line',
    `these lines are no options:\n  ${told.join('\n  ')}`,
    first,
  )
}
