import { option, type Settings } from './option.js'
import {
  booleanType,
  dictType,
  floatType,
  hostAddressType,
  integerType,
  listType,
  type Range,
  stringType,
  uriType,
} from './value.js'

/** What an option gives, or null when it has no default. */
type Given<Value, S> = S extends { readonly default: unknown } ? Value : Value | null

interface StringSettings extends Settings<string> {
  readonly choices?: readonly string[]
  readonly pattern?: RegExp
}

/** The words themselves where only some are allowed. */
type Word<S> = S extends { readonly choices: readonly (infer Choice)[] } ? Choice : string

export const str = <const S extends StringSettings>(settings: S) => {
  const { choices, pattern, ...rest } = settings
  return option<Given<Word<S>, S>>(stringType(choices, pattern), rest)
}

export const int = <S extends Settings<number> & Range>({ min, max, ...rest }: S) =>
  option<Given<number, S>>(integerType({ min, max }), rest)

export const float = <S extends Settings<number> & Range>({ min, max, ...rest }: S) =>
  option<Given<number, S>>(floatType({ min, max }), rest)

export const bool = <S extends Settings<boolean>>(settings: S) =>
  option<Given<boolean, S>>(booleanType, settings)

interface ListSettings extends Settings<readonly string[]> {
  readonly choices?: readonly string[]
}

/** Items separated by commas; empty without a default. */
export const list = ({ choices, default: given = [], ...rest }: ListSettings) =>
  option<readonly string[]>(listType(stringType(choices)), { ...rest, default: given })

export const dict = ({
  default: given = {},
  ...rest
}: Settings<Readonly<Record<string, string>>>) =>
  option<Readonly<Record<string, string>>>(dictType, { ...rest, default: given })

/** Repeatable: every line counts. */
export const multiStr = ({ default: given = [], ...rest }: Settings<readonly string[]>) =>
  option<readonly string[]>(stringType(), { ...rest, default: given }, true)

export const hostAddr = <S extends Settings<string>>(settings: S) =>
  option<Given<string, S>>(hostAddressType, settings)

export const port = <S extends Settings<number>>(settings: S) =>
  option<Given<number, S>>(integerType({ min: 0, max: 65535 }), settings)

interface UriSettings extends Settings<string> {
  readonly schemes?: readonly string[]
}

export const uri = <S extends UriSettings>({ schemes, ...rest }: S) =>
  option<Given<string, S>>(uriType(schemes), rest)
