import type { IniOption, IniSection } from '../ini/index.js'
import { InterpolationError, interpolate, type Referred } from '../ini/index.js'
import { nearest } from '../util/nearest.js'
import type { ConfigFile } from './config-file.js'
import { type Chain, PasteError } from './errors.js'
import { outside } from './outside.js'
import type { Package } from './packages.js'
import type { Globals, Setting } from './settings.js'
import { type Warn, warningAt } from './warnings.js'

/** Where names are looked up. */
export type Scope = FileScope | PackageScope | CallScope

/** A package knows only its own entries. */
export interface PackageScope {
  readonly type: 'package'
  readonly found: Package
  readonly folder: string
}

/** What `call:` names is one thing, whatever it is asked for. */
export interface CallScope {
  readonly type: 'call'
  readonly spec: string
  readonly folder: string
}

/** A file as one opening of it sees it: its DEFAULT, and the globals it was opened with. */
export class FileScope {
  readonly type = 'file'
  readonly file: ConfigFile
  /** What the file was opened with and DEFAULT lacks. */
  readonly #extras: Globals
  readonly #warn: Warn
  #resolved: Globals | undefined

  readonly #given: Globals | null
  #partner: FileScope | undefined

  constructor(file: ConfigFile, globals: Globals | null, warn: Warn) {
    this.file = file
    this.#warn = warn
    this.#given = globals
    this.#extras = new Map<string | symbol, Setting>()
    const given: [string | symbol, Setting][] = [
      ['here', { value: file.path.slice(0, file.path.lastIndexOf('/')) || '/' }],
      ['__file__', { value: file.path }],
      ...(globals ?? []),
    ]
    for (const [key, setting] of given) {
      const own = typeof key === 'string' && file.document.section('DEFAULT')?.has(key)
      if (!own && !this.#extras.has(key)) this.#extras.set(key, setting)
    }
  }

  /** This scope, or that of the other file of an overlay. */
  of(file: ConfigFile): FileScope {
    if (file === this.file) return this
    if (this.#partner?.file !== file) {
      this.#partner = new FileScope(file, this.#given, this.#warn)
      this.#partner.#partner = this
    }
    return this.#partner
  }

  get folder(): string {
    return this.file.folder
  }

  /** Keys of DEFAULT and of what the file was opened with. */
  get defaultKeys(): readonly (string | symbol)[] {
    return [...this.#default().map(option => option.key), ...this.#extras.keys()]
  }

  #default(): readonly IniOption[] {
    return this.file.document.section('DEFAULT')?.options ?? []
  }

  /**
   * DEFAULT with its references resolved, and the rest; the caller may change the map.
   *
   * @throws PasteError a bad reference breaks every load from the file
   */
  defaults(chain: Chain): Globals {
    this.#resolved ??= this.#resolve(chain)
    return new Map(this.#resolved)
  }

  #resolve(chain: Chain): Globals {
    const resolved: Globals = new Map()
    for (const option of this.#default()) {
      const { key, value: raw } = option
      const source = this.file.sourceOfOption(option)
      const { value, secret } = this.#fill(option, undefined, chain)
      if (value === '' && raw !== '') {
        const text = `'${key}' comes to an empty text, so Paste Deploy takes its raw text '${raw}' instead`
        this.#warn(warningAt('empty-reference', source, text))
      }
      resolved.set(key, { value: value || raw, source, secret })
    }
    for (const [key, setting] of this.#extras) resolved.set(key, setting)
    return resolved
  }

  /** The value of an option, references resolved where it stands. @throws PasteError */
  setting(section: IniSection, option: IniOption, chain: Chain): Setting {
    return {
      ...this.#fill(option, section, chain),
      source: this.file.sourceOfOption(option),
    }
  }

  /** The option's key, in the section or else in DEFAULT. */
  option(section: IniSection, key: string): IniOption | undefined {
    return section.get(key) ?? this.file.document.section('DEFAULT')?.get(key)
  }

  /** A global that is no option of DEFAULT. */
  extra(key: string): Setting | undefined {
    return this.#extras.get(key)
  }

  /**
   * A value that came from outside the file. Paste Deploy takes it for a template; where it is none
   * (`100%`), it is meant as it stands.
   */
  #filled(value: string, lookup: (name: string) => Referred | undefined): string {
    if (!value.includes('%')) return value
    try {
      return interpolate(value, name => {
        const other = this.#extras.get(name)
        return other ? { value: String(other.value), template: false } : lookup(name)
      })
    } catch (error) {
      if (error instanceof InterpolationError) return value
      throw error
    }
  }

  #fill(
    option: IniOption,
    section: IniSection | undefined,
    chain: Chain,
  ): { value: string; secret: boolean | undefined } {
    let secret: boolean | undefined
    let missing: string | undefined
    const lookup = (name: string): Referred | undefined => {
      const found = section?.get(name) ?? this.file.document.section('DEFAULT')?.get(name)
      if (found) return { value: found.value, template: true }
      const extra = this.#extras.get(name)
      if (extra) {
        if (extra.secret) secret = true
        const text = String(extra.value)
        return { value: extra.secret ? text : this.#filled(text, lookup), template: false }
      }
      const beyond = outside(name, this.folder)
      if (!beyond) return undefined
      if (beyond.path !== undefined) this.file.drawn.add(beyond.path)
      if ('problem' in beyond) {
        missing = beyond.problem
        return undefined
      }
      secret = true
      return { value: beyond.text, template: false }
    }
    try {
      return { value: interpolate(option.value, lookup), secret }
    } catch (error) {
      if (!(error instanceof InterpolationError)) throw error
      const names = [
        ...(section?.options.map(one => one.key) ?? []),
        ...this.defaultKeys.filter(key => typeof key === 'string'),
      ]
      const why = missing ?? error.message
      throw new PasteError(error.kind, `${option.key} = ${option.value}: ${why}.`, {
        at: this.file.sourceOfText(
          option,
          error.kind === 'interpolation-syntax' ? error.reference : `%(${error.reference})s`,
        ),
        chain,
        cause: error,
        suggestion:
          error.kind === 'interpolation-missing' && !missing
            ? nearest(error.reference, names)
            : undefined,
      })
    }
  }
}
