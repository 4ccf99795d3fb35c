import { basename } from 'node:path'
import { excerptOf, type IniError, type IniErrorKind } from '../ini/index.js'
import { messageOf } from '../util/message-of.js'
import type { Want } from './kinds.js'

/** Stable names of what can be wrong; the original's classes are told apart no finer. */
export type PasteErrorKind =
  | IniErrorKind
  | 'uri-without-scheme'
  | 'unknown-scheme'
  | 'relative-without-base'
  | 'file-not-found'
  | 'file-not-readable'
  | 'no-section'
  | 'ambiguous-section'
  | 'no-loader'
  | 'multiple-protocols'
  | 'missing-next'
  | 'missing-pipeline'
  | 'pipeline-extra-options'
  | 'empty-pipeline'
  | 'missing-global'
  | 'no-package'
  | 'no-entry-point'
  | 'ambiguous-entry-point'
  | 'bad-call-spec'
  | 'bad-reference'
  | 'import-failed'
  | 'no-such-export'
  | 'not-callable'
  | 'factory-signature'
  | 'bad-option'
  | 'refused-warning'
  | 'bad-overlay'
  | 'factory-refused'
  | 'cycle'

/** Where a setting or a section stands in a file. */
export interface Source {
  readonly file: string
  readonly section: string
  /** Absent where the whole section is meant. */
  readonly option?: string | undefined
  readonly line: number
  readonly column: number
  /** Characters that an excerpt marks. */
  readonly length?: number | undefined
  /** The lines of the file. */
  readonly lines: readonly string[]
}

/** One section on the way to another; `ref` is the option by which it goes on. */
export interface ChainLink {
  readonly section: Source
  readonly ref?: Source | undefined
}

export type Chain = readonly ChainLink[]

export interface PasteErrorOptions {
  readonly at?: Source | undefined
  /** When no place in it can be named. */
  readonly file?: string | undefined
  /** The known name that was probably meant. */
  readonly suggestion?: string | undefined
  /** The line where that stands. */
  readonly suggestionLine?: number | undefined
  readonly chain?: Chain | undefined
  readonly cause?: unknown
  /** The section that was asked for, where there is none. */
  readonly asked?: Asked | undefined
}

/** A name, and what it should have been. */
export interface Asked {
  readonly want: Want
  readonly name: string
}

/** What is wrong with an ini, or with what it names. */
export class PasteError extends Error {
  override readonly name = 'PasteError'
  readonly kind: PasteErrorKind
  readonly file: string | undefined
  readonly section: string | undefined
  readonly option: string | undefined
  readonly line: number | undefined
  readonly column: number | undefined
  /** The line with a mark below the place. */
  readonly excerpt: string | undefined
  readonly suggestion: string | undefined
  readonly suggestionLine: number | undefined
  /** The sections that led there, outermost first. */
  readonly chain: readonly string[]
  /** The message without place and way. */
  readonly reason: string
  /** @internal */
  declare readonly asked: Asked | undefined

  constructor(kind: PasteErrorKind, reason: string, options: PasteErrorOptions = {}) {
    const { at, suggestion, chain = [] } = options
    const way = wayOf(chain)
    const option = at?.option && !reason.includes(at.option) ? `${at.option}: ` : ''
    const place = at
      ? `${at.file}:${at.line}: ${at.section && `[${at.section}] `}${option}`
      : options.file
        ? `${options.file}: `
        : ''
    const line =
      options.suggestionLine === undefined ? '' : ` It stands in line ${options.suggestionLine}.`
    const hint = suggestion === undefined ? '' : ` Did you mean '${suggestion}'?${line}`
    const by = way.length > 1 ? `\n  by way of ${way.join(' -> ')}` : ''
    super(
      `${place}${reason}${hint}${by}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.kind = kind
    this.reason = reason
    this.file = at?.file ?? options.file
    this.section = at?.section || undefined
    this.option = at?.option
    this.line = at?.line
    this.column = at?.column
    this.excerpt = at && excerptOf(at.lines, at, at.length)
    this.suggestion = suggestion
    this.suggestionLine = options.suggestionLine
    this.chain = way
    // for `paster check`; nobody wants to see it printed
    Object.defineProperty(this, 'asked', { value: options.asked })
  }

  /** From the reader of ini files. */
  static fromIni(error: IniError, lines: readonly string[], chain: Chain): PasteError {
    const { kind, file, line, column, section = '', option } = error
    const text = lines[line - 1]?.trim() ?? ''
    const marked = option ?? (kind === 'duplicate-section' ? `[${section}]` : text)
    return new PasteError(kind, error.reason, {
      at: { file, section, option, line, column, lines, length: marked.length },
      chain,
      cause: error,
    })
  }
}

/** `composite:main -> / -> pipeline:api`; what structure makes plain (use, pipeline, next) is left out. */
const wayOf = (chain: Chain): string[] => {
  let file = chain[0]?.section.file
  return chain.flatMap(({ section, ref }) => {
    const name =
      section.file === file ? section.section : `${section.section} (${basename(section.file)})`
    file = section.file
    const option = ref?.option
    return option === undefined || structural.has(option) ? [name] : [name, option]
  })
}

/** Options that refer to other sections by the language itself. */
const structural: ReadonlySet<string> = new Set(['use', 'pipeline', 'next', 'filter-with'])

const annotated = new WeakSet<object>()

/**
 * Makes an error that a factory threw tell where its section stands, and leaves it what it was:
 * the same object, the same message. `kind`, `file`, `section`, `line`, `column`, `excerpt` and
 * `chain` are added where it has none of its own, `paste` holds them all, and the printed stack
 * ends with the place.
 *
 * @returns what to throw: the error itself, or a PasteError around what cannot carry anything
 */
export const annotate = (error: unknown, at: Source | undefined, chain: Chain): unknown => {
  if (error instanceof PasteError) return error
  const text = messageOf(error)
  const place = new PasteError('factory-refused', `the factory refused: ${text}`, {
    at,
    chain,
    cause: error,
  })
  if (!(error instanceof Error) || !Object.isExtensible(error)) return place
  if (annotated.has(error)) return error
  annotated.add(error)
  const { kind, file, section, option, line, column, excerpt } = place
  const notes = {
    kind,
    file,
    section,
    option,
    line,
    column,
    excerpt,
    chain: place.chain,
    paste: place,
  }
  for (const [key, value] of Object.entries(notes)) {
    if (!(key in error)) Object.defineProperty(error, key, { value, configurable: true })
  }
  if (typeof error.stack === 'string' && at) {
    error.stack += `\n  in [${at.section}] (${at.file}:${at.line})`
    if (place.chain.length > 1) error.stack += `, by way of ${place.chain.join(' -> ')}`
  }
  return error
}
