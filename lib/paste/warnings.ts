import type { Source } from './errors.js'

/** What loads, but perhaps not as its writer thinks. */
export interface PasteWarning {
  readonly code:
    | 'option-hidden'
    | 'option-lost'
    | 'section-hidden'
    | 'section-ignored'
    | 'empty-reference'
    | 'protocol-left'
  /** With file and line. */
  readonly message: string
  readonly at: Source
}

export type Warn = (warning: PasteWarning) => void

/** Said once for each process and text, by Node's own channel for warnings. */
export const emitWarning: Warn = ({ code, message }) =>
  process.emitWarning(message, { type: 'PasteWarning', code })

export const warningAt = (code: PasteWarning['code'], at: Source, text: string): PasteWarning => ({
  code,
  at,
  message: `${at.file}:${at.line}: [${at.section}] ${text}`,
})
