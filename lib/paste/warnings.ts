import { PasteError, type Source } from './errors.js'

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
    | 'plain-secret'
    | 'order'
    | 'unused-section'
    | 'unreachable-mount'
  /** With file and line. */
  readonly message: string
  /** The message without its place. */
  readonly reason: string
  readonly at: Source
}

export type Warn = (warning: PasteWarning) => void

/** Said once for each process and text, by Node's own channel for warnings. */
export const emitWarning: Warn = ({ code, message }) =>
  process.emitWarning(message, { type: 'PasteWarning', code })

export const warningAt = (code: PasteWarning['code'], at: Source, text: string): PasteWarning => ({
  code,
  at,
  reason: text,
  message: `${at.file}:${at.line}: [${at.section}] ${text}`,
})

/**
 * Whether a comment above the line allows it: `# paste: allow option-hidden`, with the codes of
 * what is allowed there.
 */
export const isWaived = ({ code, at }: PasteWarning): boolean => {
  for (let index = at.line - 2; index >= 0; index--) {
    const text = at.lines[index]?.trim() ?? ''
    if (!/^[#;]/.test(text)) return false
    const allowed = /^[#;]\s*paste:\s*allow\s+(.*)$/.exec(text)?.[1]
    if (allowed?.split(/[\s,]+/).includes(code)) return true
  }
  return false
}

export const refusedWarning = ({ code, reason, at }: PasteWarning): PasteError =>
  new PasteError('refused-warning', `${reason} (${code})`, { at })
