/** `paste`: Python's configparser as Paste Deploy sets it up. `oslo`: oslo.config's (nova.conf). */
export type IniDialect = 'paste' | 'oslo'

/** Where something stands; both count from 1, columns in UTF-16 units. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** One line of a value, trimmed, and where its text begins. */
export interface ValueLine extends Position {
  readonly text: string
}

export interface IniOption {
  readonly section: string
  readonly key: string
  /** Raw: nothing interpolated, nothing typed; lines of a continued value joined by `\n`. */
  readonly value: string
  readonly keyAt: Position
  /** Where the value begins, or would if it is empty. */
  readonly valueAt: Position
  /** The lines that make the value, comments within it left out. */
  readonly lines: readonly ValueLine[]
}

export class IniSection {
  readonly name: string
  /** Of the (first) header. */
  readonly at: Position
  readonly #options: IniOption[] = []
  readonly #byKey = new Map<string, IniOption[]>()

  constructor(name: string, at: Position) {
    this.name = name
    this.at = at
  }

  /** In the order of the file; in the oslo dialect a key may come again. */
  get options(): readonly IniOption[] {
    return this.#options
  }

  /** @internal */
  add(option: IniOption): void {
    this.#options.push(option)
    const same = this.#byKey.get(option.key)
    if (same) same.push(option)
    else this.#byKey.set(option.key, [option])
  }

  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  /** The option of that key; where a key is repeated, the last one, as oslo.config takes it. */
  get(key: string): IniOption | undefined {
    return this.#byKey.get(key)?.at(-1)
  }

  /** Every value given to the key, in order: what a MultiStrOpt collects. */
  all(key: string): readonly IniOption[] {
    return this.#byKey.get(key) ?? []
  }
}

export class IniDocument {
  readonly file: string
  readonly dialect: IniDialect
  /** The text, line by line, for excerpts. */
  readonly lines: readonly string[]
  readonly #sections = new Map<string, IniSection>()

  constructor(file: string, dialect: IniDialect, lines: readonly string[]) {
    this.file = file
    this.dialect = dialect
    this.lines = lines
  }

  /** In the order of the file. `DEFAULT` is one of them, if the file has it. */
  get sections(): readonly IniSection[] {
    return [...this.#sections.values()]
  }

  section(name: string): IniSection | undefined {
    return this.#sections.get(name)
  }

  /** @internal */
  addSection(section: IniSection): void {
    this.#sections.set(section.name, section)
  }
}
