import type { ValueType } from './value.js'

/** What every kind of option may state. */
export interface Common {
  readonly help: string
  /** Never shown in a message or a log. */
  readonly secret?: boolean
  /** Older spellings, `name` of the same group or `group.name`; reading one gives a warning. */
  readonly deprecated?: readonly string[]
  /** What the sample shows where the default depends on the machine. */
  readonly sampleDefault?: string
  /** May change while the process runs (SIGHUP). */
  readonly mutable?: boolean
}

/** One option: how its text is read, and what holds without it. */
export interface Option<Value = unknown> extends Common {
  readonly type: ValueType
  /** May be repeated; all values count, in order. */
  readonly multi: boolean
  readonly default: () => Value
}

export type Options = Readonly<Record<string, Option>>

/** One `[section]` of nova.conf. */
export interface Group<O extends Options = Options> {
  readonly name: string
  readonly options: O
}

export const group = <const O extends Options>(name: string, options: O): Group<O> => ({
  name,
  options,
})

type ValueOf<O> = O extends Option<infer Value> ? Value : never

export type ValuesOf<O extends Options> = { readonly [Name in keyof O]: ValueOf<O[Name]> }

/** A default may be computed when the configuration is loaded: the name of the host, say. */
export interface Settings<Value> extends Common {
  readonly default?: Value | (() => Value)
}

/** @internal for `lib/conf/kinds`, which know what `Value` is */
export const option = <Value>(
  type: ValueType,
  { default: given = null, ...common }: Settings<unknown>,
  multi = false,
): Option<Value> => ({
  ...common,
  type,
  multi,
  default: (typeof given === 'function' ? given : () => given) as () => Value,
})
