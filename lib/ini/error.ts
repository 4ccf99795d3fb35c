import type { Position } from './document.js'

export type IniErrorKind =
  /** something stands before the first header */
  | 'option-before-section'
  | 'duplicate-section'
  | 'duplicate-option'
  /** neither header, option, comment nor continuation */
  | 'not-an-option-line'
  /** oslo: a header with no name or no closing bracket */
  | 'bad-section-header'
  /** oslo: an indented line with no option before it */
  | 'unexpected-continuation'
  | 'interpolation-missing'
  | 'interpolation-syntax'
  | 'interpolation-depth'

export interface IniErrorPlace extends Position {
  readonly file: string
  readonly section?: string | undefined
  readonly option?: string | undefined
  /** See {@link excerptOf}. */
  readonly excerpt?: string | undefined
}

/** A text that the dialect does not allow. The message begins with `file:line:column: `. */
export class IniError extends Error {
  override readonly name = 'IniError'
  readonly kind: IniErrorKind
  readonly file: string
  readonly line: number
  readonly column: number
  readonly section: string | undefined
  readonly option: string | undefined
  readonly excerpt: string | undefined
  /** The message without its place. */
  readonly reason: string

  constructor(kind: IniErrorKind, reason: string, place: IniErrorPlace) {
    super(`${place.file}:${place.line}:${place.column}: ${reason}`)
    this.kind = kind
    this.reason = reason
    this.file = place.file
    this.line = place.line
    this.column = place.column
    this.section = place.section
    this.option = place.option
    this.excerpt = place.excerpt
  }
}
