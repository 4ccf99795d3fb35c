import type { Log } from '../../lib/log/index.js'

export interface LogLine {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly text: string
}

/** A log that keeps its lines, and can be waited on for one. */
export class MemoryLog implements Log {
  readonly lines: LogLine[] = []
  #waiting: { pattern: RegExp; found: () => void }[] = []

  debug = this.#writer('debug')
  info = this.#writer('info')
  warn = this.#writer('warn')
  error = this.#writer('error')

  /** Texts of a level. */
  texts(level: string): string[] {
    return this.lines.filter(line => line.level === level).map(({ text }) => text)
  }

  /** Resolves when a line with this text has been, or is, written. */
  async seen(pattern: RegExp): Promise<void> {
    if (this.lines.some(({ text }) => pattern.test(text))) return
    await new Promise<void>(found => this.#waiting.push({ pattern, found }))
  }

  #writer(level: string) {
    return (fields: object, text: string): void => {
      this.lines.push({ level, fields: { ...fields }, text })
      for (const { pattern, found } of this.#waiting) if (pattern.test(text)) found()
    }
  }
}
