import { nearest } from '../util/nearest.js'
import { asbool } from './converters.js'

/**
 * `list`: parts between commas; `words`: between blanks; `app`: the name of an application;
 * `pipeline`: names of filters and, last, of an application (the last two are for composites: what
 * they name is followed by `paster show` and `paster check`, and arrives as text).
 */
export type OptionType =
  | 'text'
  | 'int'
  | 'number'
  | 'bool'
  | 'list'
  | 'words'
  | 'json'
  | 'app'
  | 'pipeline'

/** What a factory says of one of its options. */
export interface OptionDeclaration {
  /** Text when absent. */
  readonly type?: OptionType | undefined
  readonly required?: boolean | undefined
  /** Filled in where the ini is silent; of the option's type, or text to convert. */
  readonly default?: unknown
  /** The only values there may be. */
  readonly choices?: readonly string[] | undefined
  /** Bounds of an int or a number. */
  readonly min?: number | undefined
  readonly max?: number | undefined
  /** Never shown. */
  readonly secret?: boolean | undefined
  /** What to do instead; using the option is then a warning. */
  readonly deprecated?: string | undefined
  /** Accepted, for files elsewhere have it, but nothing is done with it: why, or where it stands now. */
  readonly ignored?: string | undefined
  readonly doc?: string | undefined
}

/**
 * A factory may carry these as its property `options`; then no other option is let through. A name
 * with a star (`limits.*`, `*`) stands for every name of that form that has no declaration of its own.
 */
export type OptionDeclarations = Readonly<Record<string, OptionDeclaration>>

type ValueOf<Declared> = Declared extends { type: 'int' | 'number' }
  ? number
  : Declared extends { type: 'bool' }
    ? boolean
    : Declared extends { type: 'list' | 'words' }
      ? readonly string[]
      : Declared extends { type: 'json' }
        ? unknown
        : Declared extends { choices: readonly (infer Choice)[] }
          ? Choice
          : string

/** The values that a factory gets by its declarations; those with a star are in its `localConf`. */
export type OptionsOf<Declarations> = {
  readonly [Name in keyof Declarations as Name extends `${string}*${string}`
    ? never
    : Name]: Declarations[Name] extends { required: true } | { default: unknown }
    ? ValueOf<Declarations[Name]>
    : ValueOf<Declarations[Name]> | undefined
}

/** One thing that is wrong, or not quite right, with an option. */
export interface OptionProblem {
  readonly what: 'unknown' | 'missing' | 'bad-value' | 'deprecated' | 'ignored'
  readonly key: string
  readonly reason: string
  readonly suggestion?: string | undefined
}

export const isWarning = ({ what }: OptionProblem): boolean =>
  what === 'deprecated' || what === 'ignored'

export const declarationsOf = (factory: unknown): OptionDeclarations | null => {
  const declared: unknown = typeof factory === 'function' ? Reflect.get(factory, 'options') : null
  return isDeclarations(declared) ? declared : null
}

const isDeclarations = (value: unknown): value is OptionDeclarations =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every(one => typeof one === 'object' && one !== null)

/** The declaration that an option falls under. */
export const declarationFor = (
  declared: OptionDeclarations,
  key: string,
): OptionDeclaration | undefined => {
  if (Object.hasOwn(declared, key)) return declared[key]
  const pattern = Object.keys(declared).find(name => {
    const [before = '', after] = name.split('*')
    return after !== undefined && key.startsWith(before) && key.endsWith(after)
  })
  return pattern === undefined ? undefined : declared[pattern]
}

export interface Converted {
  /** In the order in which they were given, defaults last. */
  readonly values: Readonly<Record<string, unknown>>
  readonly problems: readonly OptionProblem[]
}

/**
 * Makes values of texts, by what is declared.
 *
 * @param name  of the factory, for messages
 * @param hides  whether the text of this option is not to be shown
 */
export const convertOptions = (
  declared: OptionDeclarations,
  given: Iterable<readonly [string, unknown]>,
  name: string,
  hides: (key: string) => boolean = () => false,
): Converted => {
  const names = Object.keys(declared)
  const values: Record<string, unknown> = {}
  const problems: OptionProblem[] = []
  for (const [key, raw] of given) {
    const declaration = declarationFor(declared, key)
    if (!declaration) {
      const told = names.join(', ') || 'none'
      problems.push({
        what: 'unknown',
        key,
        reason: `${name} takes no option '${key}'; it takes ${told}.`,
        suggestion: nearest(key, names),
      })
      continue
    }
    const { deprecated, ignored } = declaration
    if (deprecated) {
      problems.push({ what: 'deprecated', key, reason: `'${key}' is deprecated: ${deprecated}` })
    }
    if (ignored) {
      problems.push({ what: 'ignored', key, reason: `'${key}' does nothing here: ${ignored}` })
      values[key] = raw
      continue
    }
    try {
      values[key] = convert(declaration, raw)
    } catch (error) {
      const secret = declaration.secret || hides(key)
      const got = secret ? '' : `, got ${JSON.stringify(raw)?.replaceAll('"', "'")}`
      const reason = `'${key}' must be ${(error as Error).message}${got}`
      const suggestion = declaration.choices && nearest(String(raw), declaration.choices)
      problems.push({ what: 'bad-value', key, reason, suggestion })
    }
  }
  const present = new Set([...Object.keys(values), ...problems.map(problem => problem.key)])
  for (const [key, declaration] of Object.entries(declared)) {
    if (present.has(key)) continue
    if (declaration.required) {
      const reason = `${name} needs the option '${key}', and it is not given`
      problems.push({ what: 'missing', key, reason })
    } else if (declaration.default !== undefined) {
      values[key] = convert(declaration, declaration.default)
    }
  }
  return { values, problems }
}

/** @throws Error whose message says what it must be */
const convert = (declaration: OptionDeclaration, raw: unknown): unknown => {
  if (typeof raw !== 'string') return raw
  const { type = 'text', choices } = declaration
  switch (type) {
    case 'int':
    case 'number':
      return numberOf(declaration, raw)
    case 'bool':
      try {
        return asbool(raw)
      } catch {
        throw new Error('true or false')
      }
    case 'list':
    case 'words': {
      const parts = raw
        .split(type === 'list' ? ',' : /\s+/)
        .map(part => part.trim())
        .filter(Boolean)
      if (choices && !parts.every(part => choices.includes(part))) {
        throw new Error(`of ${choices.join(', ')}`)
      }
      return parts
    }
    case 'json':
      try {
        return JSON.parse(raw)
      } catch {
        throw new Error('JSON')
      }
    default:
      if (choices && !choices.includes(raw)) throw new Error(`one of ${choices.join(', ')}`)
      return raw
  }
}

const numberOf = ({ type, min, max }: OptionDeclaration, raw: string): number => {
  const wanted = `a ${type === 'int' ? 'whole number' : 'number'}${range(min, max)}`
  const text = raw.trim()
  const pattern = type === 'int' ? /^[+-]?\d{1,15}$/ : /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i
  const value = Number(text)
  if (!pattern.test(text)) throw new Error(wanted)
  if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
    throw new Error(wanted)
  }
  return value
}

const range = (min: number | undefined, max: number | undefined): string =>
  min !== undefined && max !== undefined
    ? ` from ${min} to ${max}`
    : min !== undefined
      ? ` of ${min} or more`
      : max !== undefined
        ? ` of ${max} or less`
        : ''
