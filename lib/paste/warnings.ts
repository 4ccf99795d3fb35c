import { PasteError, type Source } from './errors.js'
import { markAbove } from './marks.js'

/** What loads, but perhaps not as its writer thinks. */
export interface PasteWarning {
  readonly code:
    | 'option-hidden'
    | 'option-lost'
    | 'section-hidden'
    | 'section-ignored'
    | 'header-open'
    | 'empty-reference'
    | 'protocol-left'
    | 'option-deprecated'
    | 'option-ignored'
    | 'option-doubtful'
    | 'composite-moved'
    | 'globals-lost'
    | 'here-moved'
    | 'plain-secret'
    | 'order'
    | 'unused-section'
    | 'unreachable-mount'
    | 'mount-doubtful'
  /** With file and line. */
  readonly message: string
  /** The message without its place. */
  readonly reason: string
  readonly at: Source
  /** What was probably meant. */
  readonly suggestion?: string | undefined
}

export type Warn = (warning: PasteWarning) => void

/** Said once for each process and text, by Node's own channel for warnings. */
export const emitWarning: Warn = ({ code, message }) =>
  process.emitWarning(message, { type: 'PasteWarning', code })

export const warningAt = (
  code: PasteWarning['code'],
  at: Source,
  text: string,
  suggestion?: string,
): PasteWarning => ({
  code,
  at,
  reason: text,
  suggestion,
  message: `${at.file}:${at.line}: [${at.section}] ${text}${suggestion === undefined ? '' : ` Did you mean '${suggestion}'?`}`,
})

/**
 * Whether a comment above the line allows it: `# paste: allow option-hidden`, with the codes of
 * what is allowed there.
 */
export const isWaived = ({ code, at }: PasteWarning): boolean =>
  markAbove(at.lines, at.line, 'allow')?.includes(code) ?? false

export const refusedWarning = ({ code, reason, at, suggestion }: PasteWarning): PasteError =>
  new PasteError('refused-warning', `${reason} (${code}).`, { at, suggestion })
