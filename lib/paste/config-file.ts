import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import {
  type IniDocument,
  IniError,
  type IniOption,
  type IniSection,
  parseIni,
  readIni,
  splitLines,
} from '../ini/index.js'
import { type Chain, PasteError, type Source } from './errors.js'
import { sectionKinds, type Want } from './kinds.js'
import { noSection } from './no-section.js'
import { kindOf, nameOf } from './section-name.js'
import { type Warn, warningAt } from './warnings.js'

/** A file that was read whole, and finds its sections. */
export class ConfigFile {
  /** Paths of other files that values of it were drawn from so far: `%(file:…)s`. */
  readonly drawn = new Set<string>()
  /** As it was asked for: what a relative path in it starts from is its folder, links unfollowed. */
  readonly name: string
  /** Absolute and normalised. */
  readonly path: string
  readonly document: IniDocument
  /** Sections by kind and name: a file may have thousands. */
  #byName: ReadonlyMap<string, readonly IniSection[]> | undefined
  /** An overlay's base, or a base's overlay: names that this file has not are looked up there. */
  #partner: ConfigFile | undefined

  private constructor(name: string, document: IniDocument) {
    this.name = name
    this.path = resolve(name)
    this.document = document
  }

  /**
   * @param problem  told of what does not parse, which is then left out
   * @throws PasteError what cannot be read; and what does not parse, where nobody is to be told
   */
  static async read(
    name: string,
    at: Source | undefined,
    chain: Chain,
    problem?: (error: PasteError) => void,
  ): Promise<ConfigFile> {
    const path = resolve(name)
    const bytes = await readFile(name).catch((cause: unknown) => {
      const { code } = cause as NodeJS.ErrnoException
      const missing = code === 'ENOENT' || code === 'ENOTDIR'
      throw new PasteError(
        missing ? 'file-not-found' : 'file-not-readable',
        missing ? `there is no file '${path}'` : `'${path}' cannot be read (${code})`,
        { at, file: path, chain, cause },
      )
    })
    const text = decode(bytes)
    if (text === null) {
      throw new PasteError('file-not-readable', `'${path}' is not UTF-8 text`, {
        at,
        file: path,
        chain,
      })
    }
    if (!problem) return ConfigFile.parse(name, text, chain)
    const { document, problems } = readIni(text, { file: path, dialect: 'paste' })
    for (const error of problems) problem(PasteError.fromIni(error, document.lines, chain))
    return new ConfigFile(name, document)
  }

  /** @throws PasteError */
  static parse(name: string, text: string, chain: Chain = []): ConfigFile {
    try {
      return new ConfigFile(name, parseIni(text, { file: resolve(name), dialect: 'paste' }))
    } catch (error) {
      if (error instanceof IniError) throw PasteError.fromIni(error, splitLines(text), chain)
      throw error
    }
  }

  /** The same file with a changed text. */
  with(document: IniDocument): ConfigFile {
    return new ConfigFile(this.name, document)
  }

  /** Makes two files one, as far as names go. */
  join(other: ConfigFile): void {
    this.#partner = other
    other.#partner = this
  }

  get partner(): ConfigFile | undefined {
    return this.#partner
  }

  /** The file of the two that has the section. */
  owner(want: Want, name: string | null): ConfigFile {
    const partner = this.#partner
    return partner && !this.#has(want, name ?? 'main') && partner.#has(want, name ?? 'main')
      ? partner
      : this
  }

  get folder(): string {
    return dirname(this.name)
  }

  sourceOf(section: IniSection): Source {
    const { name, at } = section
    return {
      file: this.path,
      section: name,
      ...at,
      length: name.length + 2,
      lines: this.document.lines,
    }
  }

  /** @param word  of its value; the place is then that of the word */
  sourceOfOption(option: IniOption, word?: string): Source {
    const at = (word === undefined ? undefined : placeOfWord(option, word)) ?? option.keyAt
    return {
      file: this.path,
      section: option.section,
      option: option.key,
      line: at.line,
      column: at.column,
      length: (word ?? option.key).length,
      lines: this.document.lines,
    }
  }

  /** The place of a part of its value; of the option where the value has no such part. */
  sourceOfText(option: IniOption, part: string): Source {
    const [text = ''] = part.split('\n', 1)
    const found = option.lines.find(line => text && line.text.includes(text))
    const source = this.sourceOfOption(option)
    if (!found) return source
    const column = found.column + found.text.indexOf(text)
    return { ...source, line: found.line, column, length: text.length }
  }

  /**
   * @param name  null when none is asked for: `[app]` and `[app:main]` then answer both
   * @param at  the option that asks
   * @throws PasteError no-section, ambiguous-section
   */
  find(
    want: Want,
    name: string | null,
    at: Source | undefined,
    chain: Chain,
    warn: Warn,
  ): IniSection {
    const found = sectionKinds[want].flatMap(spellings => this.#bySpelling(spellings, name, warn))
    if (!found.length && name === 'main') found.push(...this.#bare(want))
    const [section] = found
    if (!section) throw noSection(this, { want, name: name ?? 'main' }, at, chain)
    if (found.length > 1) {
      const last = found.reduce((a, b) => (b.at.line > a.at.line ? b : a))
      throw new PasteError(
        'ambiguous-section',
        `'${name ?? 'main'}' may mean ${found.map(one => `[${one.name}] (line ${one.at.line})`).join(' or ')}`,
        { at: this.sourceOf(last), chain },
      )
    }
    return section
  }

  /** Whether there is a section of the name. */
  has(want: Want, name: string): boolean {
    const files: readonly ConfigFile[] = this.#partner ? [this, this.#partner] : [this]
    return files.some(file => file.#has(want, name))
  }

  #has(want: Want, name: string): boolean {
    const kinds = sectionKinds[want].flat()
    return kinds.some(
      kind =>
        this.#named(kind, name).length > 0 || (name === 'main' && this.document.section(kind)),
    )
  }

  /** Every section that can be asked for: what as, and by which name. */
  get askable(): readonly { readonly want: Want; readonly name: string; section: IniSection }[] {
    const wants: readonly Want[] = ['app', 'filter', 'server']
    return this.document.sections.flatMap(section => {
      const want = wants.find(one => sectionKinds[one].flat().includes(kindOf(section.name)))
      return want ? [{ want, name: nameOf(section.name), section }] : []
    })
  }

  /** The first spelling that has the name hides the others. */
  #bySpelling(spellings: readonly string[], name: string | null, warn: Warn): IniSection[] {
    const groups = spellings
      .map(kind => [
        ...[name === null ? (this.document.section(kind) ?? []) : []].flat(),
        ...this.#named(kind, name ?? 'main'),
      ])
      .filter(group => group.length)
    const [shown = [], ...hidden] = groups
    for (const section of hidden.flat()) {
      const text = `is never used: [${shown[0]?.name}] (line ${shown[0]?.at.line}) has the same name and hides it`
      warn(warningAt('section-hidden', this.sourceOf(section), text))
    }
    return shown
  }

  /** `[kind:name]`, more than one where blanks stand around the name. */
  #named(kind: string, name: string): readonly IniSection[] {
    this.#byName ??= Map.groupBy(
      this.document.sections.filter(section => section.name.includes(':')),
      section => `${kindOf(section.name)}:${nameOf(section.name)}`,
    )
    return this.#byName.get(`${kind}:${name}`) ?? []
  }

  /** `[app]` stands for `[app:main]` where there is none, as Paste Deploy's documentation says. */
  #bare(want: Want): IniSection[] {
    return sectionKinds[want]
      .flat()
      .filter(kind => kind !== 'pipeline' && kind !== 'filter-app')
      .flatMap(kind => this.document.section(kind) ?? [])
  }
}

const decode = (bytes: Buffer): string | null => {
  try {
    // the byte order mark stays, for the reader to complain of
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

const placeOfWord = (
  option: IniOption,
  word: string,
): { line: number; column: number } | undefined => {
  for (const { text, line, column } of option.lines) {
    const index = ` ${text} `.replaceAll(/\s/g, ' ').indexOf(` ${word} `)
    if (index >= 0) return { line, column: column + index }
  }
  return undefined
}
