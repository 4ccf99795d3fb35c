import { readFileSync } from 'node:fs'
import { TransportConfigError } from '../errors.js'

/**
 * Reads options of `[oslo_messaging_rabbit]` by name: of a URL's query, else of nova.conf, else their preset.
 * What is mistyped becomes a TransportConfigError with name, value and what was expected.
 */
export class OptionReader<Name extends string> {
  readonly #options: Readonly<Partial<Record<Name, unknown>>>
  readonly #query: Readonly<Record<string, string>>

  constructor(
    options: Readonly<Partial<Record<Name, unknown>>>,
    query: Readonly<Record<string, string>>,
  ) {
    this.#options = options
    this.#query = query
  }

  /** 0 or more */
  number(name: Name, preset: number): number {
    const value = this.#raw(name)
    if (value === undefined) return preset
    const number = Number(value)
    if (value !== '' && Number.isFinite(number) && number >= 0) return number
    throw mistyped(name, value, 'a number of 0 or more')
  }

  boolean(name: Name, preset: boolean): boolean {
    const value = this.#raw(name)
    if (value === undefined) return preset
    if (/^(true|1|yes|on)$/i.test(String(value))) return true
    if (/^(false|0|no|off)$/i.test(String(value))) return false
    throw mistyped(name, value, 'true or false')
  }

  text(name: Name, preset: string): string {
    return String(this.#raw(name) ?? preset)
  }

  /** One of a few; as it is written there. */
  choice<Choice extends string>(name: Name, choices: readonly Choice[], preset: Choice): Choice {
    const text = this.text(name, preset)
    const found = choices.find(choice => choice === text)
    if (found !== undefined) return found
    // '' is how nothing is written
    const named = choices.map(choice => choice || 'nothing')
    throw mistyped(name, text, `${named.slice(0, -1).join(', ')} or ${named.at(-1)}`)
  }

  /** The bytes of the file that is named; null when none is. */
  file(name: Name): Buffer | null {
    const path = this.text(name, '')
    if (path === '') return null
    try {
      return readFileSync(path)
    } catch (error) {
      throw new TransportConfigError(`${name}: cannot read '${path}': ${(error as Error).message}`)
    }
  }

  /** Whether somebody wrote it down as something else than this. */
  differs(name: Name, preset: unknown): boolean {
    const value = this.#raw(name)
    return value !== undefined && String(value) !== String(preset)
  }

  #raw(name: Name): unknown {
    return this.#query[name] ?? this.#options[name] ?? undefined
  }
}

const mistyped = (name: string, value: unknown, expected: string): TransportConfigError =>
  new TransportConfigError(`${name} is '${String(value)}', expected ${expected}`)
