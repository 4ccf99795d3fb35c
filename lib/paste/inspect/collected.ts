import { annotate, PasteError } from '../errors.js'
import { isWaived, type PasteWarning } from '../warnings.js'

/** Everything that is told of while a file is looked at, each thing once. */
export class Collected {
  readonly #errors = new Map<string, PasteError>()
  readonly #warnings = new Map<string, PasteWarning>()
  /** Sections in which a line does not parse: what else is wrong there may follow from that. */
  readonly #unparsed = new Set<string>()
  /** Whether a header is not understood. */
  #headless = false

  wrong(error: unknown): void {
    const told = pasteErrorOf(error)
    const { kind, file, line, column, section, reason } = told
    if (isOfText(told) && (kind === 'option-before-section' || kind === 'not-an-option-line')) {
      this.#headless = true
      this.#unparsed.add(`${file} ${section}`)
    }
    const key = `${kind} ${file}:${line}:${column} ${reason}`
    const known = this.#errors.get(key)
    if (!known || known.chain.length < told.chain.length) this.#errors.set(key, told)
  }

  warn(warning: PasteWarning): void {
    if (!isWaived(warning)) this.#warnings.set(warning.message, warning)
  }

  /** All of them, consequences too. */
  get errors(): readonly PasteError[] {
    return [...this.#errors.values()]
  }

  get warnings(): readonly PasteWarning[] {
    return [...this.#warnings.values()]
  }

  /** Whether it may be wrong only because a line of its section does not parse. */
  isConsequence(error: PasteError): boolean {
    const { kind, file, section } = error
    if (isOfText(error)) return false
    return this.#unparsed.has(`${file} ${section}`) || (this.#headless && kind === 'no-section')
  }

  /** Whether some of the text is not understood, so that nobody knows what is used. */
  get isPartial(): boolean {
    return this.#headless
  }
}

/** Whether the text itself is wrong, not what it says. */
export const isOfText = ({ cause }: PasteError): boolean =>
  cause instanceof Error && cause.name === 'IniError'

const pasteErrorOf = (error: unknown): PasteError => {
  if (error instanceof PasteError) return error
  const place = error instanceof Error ? Reflect.get(error, 'paste') : undefined
  return place instanceof PasteError ? place : (annotate(error, undefined, []) as PasteError)
}
