import { PasteError } from '../errors.js'
import type { PasteWarning } from '../warnings.js'

/** One thing that is wrong, or that may not be what its writer meant. */
export interface Finding {
  readonly level: 'error' | 'warning'
  /** Of an error its kind, of a warning its code. */
  readonly code: string
  readonly text: string
  readonly file: string | undefined
  readonly line: number | undefined
  readonly column: number | undefined
  readonly section: string | undefined
  readonly option: string | undefined
  /** The line, with a mark below. */
  readonly excerpt: string | undefined
  /** What probably should stand there. */
  readonly suggestion: string | undefined
  /** Where that is defined. */
  readonly suggestionLine: number | undefined
  /** What to do, in a sentence, where a suggestion does not say it. */
  readonly cure: string | undefined
  /** Sections that lead there, outermost first. */
  readonly chain: readonly string[]
}

/** What more is known of a finding once the whole file has been looked at. */
export interface Cure {
  readonly suggestion?: string | undefined
  readonly suggestionLine?: number | undefined
  readonly cure?: string | undefined
  /** Lines where the same stands. */
  readonly alsoLines?: readonly number[] | undefined
  /** It says again what another one says. */
  readonly again?: boolean | undefined
}

export const findingOfError = (error: PasteError, cure: Cure = {}): Finding => {
  const { kind, reason, file, line, column, section, option, excerpt, chain } = error
  return {
    level: 'error',
    code: kind,
    text: cure.alsoLines?.length ? `${reason} ${also(cure.alsoLines)}` : reason,
    ...{ file, line, column, section, option, excerpt },
    suggestion: cure.suggestion ?? error.suggestion,
    suggestionLine: cure.suggestion ? cure.suggestionLine : error.suggestionLine,
    cure: cure.cure,
    chain,
  }
}

export const findingOfWarning = (warning: PasteWarning, cure: Cure = {}): Finding => {
  const { code, reason, at } = warning
  const { file, line, column, section, option, excerpt } = new PasteError('refused-warning', '', {
    at,
  })
  return {
    level: 'warning',
    code,
    text: reason,
    ...{ file, line, column, section, option, excerpt },
    suggestion: cure.suggestion ?? warning.suggestion,
    suggestionLine: cure.suggestionLine,
    cure: cure.cure,
    chain: [],
  }
}

const also = (lines: readonly number[]): string =>
  lines.length > 1
    ? `Lines ${lines.slice(0, -1).join(', ')} and ${lines.at(-1)} name it too.`
    : `Line ${lines[0]} names it too.`
