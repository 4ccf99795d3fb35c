import { nearest } from '../util/nearest.js'
import { ConfError, type ConfProblem } from './error.js'
import { type Groups, groups } from './groups.js'
import { judgeNames, place, suggestion } from './names.js'
import type { Group, Option, ValuesOf } from './option.js'
import { readSources, type Sources, type Written, type WrittenOptions } from './sources.js'
import { SubstitutionError, substitute } from './substitute.js'

export type ConfValues = { readonly [Name in keyof Groups]: ValuesOf<Groups[Name]['options']> }

/** Everything nova.conf says, or leaves to its defaults. Frozen. */
export type NovaConf = ConfValues & {
  /** Names that nobody knows, old names, values that were corrected: one sentence each, for the log. */
  readonly warnings: readonly string[]
  /** What is set, is nova's, and is used by nothing here: `[libvirt] cpu_mode`. */
  readonly unused: readonly string[]
}

/** Values by group that stand above every file: of the command line, or of a test. */
export type ConfOverrides = { readonly [Name in keyof ConfValues]?: Partial<ConfValues[Name]> }

export interface LoadOptions extends Sources {
  readonly overrides?: ConfOverrides | undefined
}

/**
 * Reads nova.conf: oslo.config's dialect, its references and its types. A name that nobody knows
 * gives a warning, which says what was probably meant; one of nova's that is of no use here is only noted.
 *
 * @throws ConfError naming every mistyped value
 */
export const loadConf = ({ overrides = {}, ...sources }: LoadOptions = {}): NovaConf =>
  new Loader(readSources(sources), overrides).load()

/** The defaults, and what a test or an embedding program sets. */
export const defaultConf = (overrides: ConfOverrides = {}): NovaConf => loadConf({ overrides })

const known: Readonly<Record<string, Group>> = groups

class Loader {
  readonly #written: WrittenOptions
  readonly #overrides: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>
  readonly #values = new Map<string, unknown>()
  /** Options whose value is being worked out: one of them met again is a circle. */
  readonly #open = new Set<string>()
  /** Names that some option has read, by group. */
  readonly #read = new Map<string, Set<string>>()
  readonly #problems: ConfProblem[] = []
  readonly #warnings: string[] = []

  constructor(written: WrittenOptions, overrides: ConfOverrides) {
    this.#written = written
    this.#overrides = overrides
  }

  load(): NovaConf {
    this.#checkOverrides()
    const values = Object.entries(known).map(
      ([name, { options }]): readonly [string, Readonly<Record<string, unknown>>] => {
        const entries = Object.keys(options).map(option => [option, this.#value(name, option)])
        return [name, Object.freeze(Object.fromEntries(entries))]
      },
    )
    const names = judgeNames(
      this.#written,
      (group, name) => this.#read.get(group)?.has(name) === true,
    )
    this.#keepHeartbeatsApart(values)
    if (this.#problems.length) throw new ConfError(this.#problems)
    return Object.freeze({
      ...Object.fromEntries(values),
      warnings: Object.freeze([...this.#warnings, ...names.warnings]),
      unused: Object.freeze(names.unused),
    }) as NovaConf
  }

  /** nova's own correction: else every service would look down between two beats. */
  #keepHeartbeatsApart(values: (readonly [string, Readonly<Record<string, unknown>>])[]): void {
    const process = values.find(([name]) => name === 'DEFAULT')
    if (!process) return
    const { service_down_time: down, report_interval: interval } = process[1]
    if (typeof down !== 'number' || typeof interval !== 'number' || down > interval) return
    const longer = Math.trunc(interval * 2.5)
    const options = Object.freeze({ ...process[1], service_down_time: longer })
    values.splice(values.indexOf(process), 1, [process[0], options])
    this.#warnings.push(
      `[DEFAULT] service_down_time = ${down} must be more than report_interval = ${interval}: ${longer} counts`,
    )
  }

  #value(groupName: string, optionName: string): unknown {
    const option = known[groupName]?.options[optionName]
    if (!option) return undefined
    // Not by the option itself: several groups may share one.
    const key = `${groupName}.${optionName}`
    if (this.#values.has(key)) return this.#values.get(key)
    this.#open.add(key)
    const value = freeze(this.#work(groupName, optionName, option))
    this.#open.delete(key)
    this.#values.set(key, value)
    return value
  }

  #work(group: string, name: string, option: Option): unknown {
    const written = this.#find(group, name, option)
    const override = this.#overrides[group]?.[name]
    if (override !== undefined) return override
    if (written) {
      const value = this.#typed(group, name, option, written)
      if (value !== undefined) return value
    }
    const value = option.default()
    return typeof value === 'string' ? this.#fill(group, name, option, value, {}) : value
  }

  /** Under its name, or under an older one. */
  #find(group: string, name: string, option: Option): Written | undefined {
    let found = this.#take(group, name)
    for (const old of option.deprecated ?? []) {
      const [oldGroup, oldName] = old.includes('.') ? old.split('.', 2) : [group, old]
      if (oldGroup === undefined || oldName === undefined) continue
      const older = this.#take(oldGroup, oldName)
      if (!older) continue
      this.#warnings.push(
        `${place(older)}[${oldGroup}] ${oldName} is an old name: write [${group}] ${name}`,
      )
      found ??= older
    }
    return found
  }

  #take(group: string, name: string): Written | undefined {
    const written = this.#written.get(group)?.get(name)
    if (written) this.#read.set(group, (this.#read.get(group) ?? new Set()).add(name))
    return written
  }

  /** @returns undefined when the default holds: nothing is written after the sign, or nothing good */
  #typed(group: string, name: string, option: Option, written: Written): unknown {
    const texts = option.multi
      ? written.values.filter(text => text !== '')
      : written.values.slice(-1)
    const values = texts.map(text => {
      const filled = this.#fill(group, name, option, text, written)
      if (filled === undefined) return undefined
      const value = option.type.read(filled)
      // `workers =` means what it would mean without the line
      if (value === undefined && filled.trim() === '') return undefined
      if (value === undefined) this.#mistyped(group, name, option, filled, written)
      return value
    })
    if (values.includes(undefined)) return undefined
    return option.multi ? values : values[0]
  }

  #fill(
    group: string,
    name: string,
    option: Option,
    text: string,
    at: Pick<Written, 'file' | 'line'>,
  ): string | undefined {
    if (!text.includes('$')) return text
    try {
      return substitute(text, reference => this.#text(group, reference))
    } catch (error) {
      if (!(error instanceof SubstitutionError)) throw error
      const shown = option.secret ? "its value refers to '$…', which" : error.message
      this.#problems.push({
        ...at,
        group,
        option: name,
        value: option.secret ? '***' : text,
        message: option.secret
          ? `${place(at)}[${group}] ${name}: ${shown} names no option that has a value; a dollar sign is written '$$'`
          : `${place(at)}[${group}] ${name} = '${text}': ${shown}`,
      })
      return undefined
    }
  }

  /** What a reference from a value of the group stands for: of its own group first. */
  #text(group: string, reference: string): string | undefined {
    const [first = '', second] = reference.split('.', 2)
    const places = second === undefined ? [group, 'DEFAULT'] : [first]
    const name = second ?? first
    for (const each of places) {
      const option = known[each]?.options[name]
      if (!option) {
        const other = this.#take(each, name)
        if (other) return other.values.at(-1)
        continue
      }
      if (this.#open.has(`${each}.${name}`)) {
        throw new SubstitutionError(`'$${reference}' refers to itself in the end`)
      }
      const value = this.#value(each, name)
      // What could not be worked out has been reported already.
      if (value === undefined) return ''
      return value === null ? undefined : option.type.write(value)
    }
    return undefined
  }

  #mistyped(group: string, name: string, option: Option, value: string, at: Written): void {
    const { expected, choices } = option.type
    const meant = choices && nearest(value, choices)
    const shown = option.secret ? '***' : value
    this.#problems.push({
      file: at.file,
      line: at.line,
      group,
      option: name,
      value: shown,
      expected,
      nearest: meant,
      message: `${place(at)}[${group}] ${name} = '${shown}': expected ${expected}${suggestion(meant)}`,
    })
  }

  /** A misspelt override is a mistake of the program's, and types do not see every caller. */
  #checkOverrides(): void {
    for (const [groupName, options] of Object.entries(this.#overrides)) {
      for (const name of Object.keys(options ?? {})) {
        if (known[groupName]?.options[name]) continue
        const message = `The program sets [${groupName}] ${name}, which is no option`
        this.#problems.push({ group: groupName, option: name, message })
      }
    }
  }
}

const freeze = <T>(value: T): T =>
  typeof value === 'object' && value !== null ? Object.freeze(value) : value
