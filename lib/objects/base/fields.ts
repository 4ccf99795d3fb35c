import type { RequestContext } from '../../context/index.js'
import { isRecord } from '../../util/is-record.js'
import type { VersionManifest } from './versions.js'

/** Thrown by a field's conversions; who converts adds the object's and the field's name. */
export class CoercionError extends Error {}

/** What reading a primitive needs: the context that new objects are bound to. */
export type PrimitiveContext = RequestContext | null

/** How values of one type are held, compared and sent. Null is the field's business, not the type's. */
export interface FieldType<T> {
  /** The value as it is held; throws CoercionError when it does not fit. */
  coerce(value: unknown): T
  /** Absent: the value is its own primitive. */
  toPrimitive?(value: T, manifest: VersionManifest | undefined): unknown
  /** Absent: as {@link coerce}. */
  fromPrimitive?(primitive: unknown, context: PrimitiveContext): T
  /** Absent: by identity. */
  equals?(a: T, b: T): boolean
  /** Whether something inside has changed: objects, and the items of list objects; no other lists. */
  hasChanges?(value: T): boolean
  resetChanges?(value: T): void
  /** Object types inside, for the manifest of versions. */
  objectTypes?(): readonly ObjectTypeNode[]
}

/** The part of an object's type that a manifest needs. */
export interface ObjectTypeNode {
  readonly name: string
  readonly version: string
  nested(): readonly ObjectTypeNode[]
}

export interface FieldOptions<T> {
  readonly nullable?: boolean
  /** Stands in when null is given to a field that is not nullable; `setDefaults()` sets it. */
  readonly default?: T | null
  /** May be set once. */
  readonly readOnly?: boolean
  /** The first version of the object that has the field; left out when written for an older one. */
  readonly since?: string
}

export interface Field<T> extends FieldOptions<T> {
  readonly type: FieldType<NonNullable<T>>
}

/** An object's fields, by their names on the wire. */
export type FieldTable = Readonly<Record<string, Field<unknown>>>

export type ValueOf<F> = F extends Field<infer T> ? T : never

type WithNull<T, O> = O extends { readonly nullable: true } ? T | null : T

/** Makes the function that declares a field of the type. */
export const fieldOf =
  <T extends NonNullable<unknown>>(type: FieldType<T>) =>
  <const O extends FieldOptions<T>>(options?: O): Field<WithNull<T, O>> =>
    // The type's conversions never see null: see NovaObject.write and toPrimitive.
    ({ ...options, type }) as Field<unknown> as Field<WithNull<T, O>>

const describe = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return `an object (${value.constructor?.name ?? 'map'})`
  return `${typeof value} '${String(value).slice(0, 80)}'`
}

const unfit = (expected: string, value: unknown): CoercionError =>
  new CoercionError(`expected ${expected}, got ${describe(value)}`)

const coerceString = (value: unknown): string => {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return String(value)
  }
  if (value instanceof Date) return formatTime(value)
  throw unfit('a string', value)
}

const coerceNumber = (value: unknown, expected: string): number => {
  const number =
    typeof value === 'string' && value.trim() !== '' && value.length <= 64
      ? Number(value)
      : typeof value === 'bigint' || typeof value === 'boolean'
        ? Number(value)
        : value
  if (typeof number !== 'number' || !Number.isFinite(number)) throw unfit(expected, value)
  return number
}

const trueWords: ReadonlySet<string> = new Set(['1', 't', 'true', 'on', 'y', 'yes'])

const coerceBoolean = (value: unknown): boolean => {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value) !== 0
  if (typeof value === 'string') return trueWords.has(value.trim().toLowerCase())
  throw unfit('a boolean', value)
}

/** `YYYY-MM-DDTHH:MM:SSZ`, no fraction. */
export const formatTime = (value: Date): string => `${value.toISOString().slice(0, 19)}Z`

/** As {@link formatTime} writes it, and so does Python. */
const plainTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

const timePattern = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?$/

/** '' for a text that is no time. */
const isoOf = (text: string): string => {
  const match = timePattern.exec(text)
  return match ? `${match[1]}T${match[2]}${match[3] ?? 'Z'}` : ''
}

/** Whole seconds, as the database keeps them; a text without a zone is UTC. */
const coerceTime = (value: unknown): Date => {
  if (value instanceof Date && !Number.isNaN(value.getTime())) {
    const milliseconds = value.getMilliseconds()
    return milliseconds === 0 ? value : new Date(value.getTime() - milliseconds)
  }
  if (typeof value === 'string') {
    const date = new Date(plainTime.test(value) ? value : isoOf(value))
    if (!Number.isNaN(date.getTime())) return date
  }
  throw unfit('a time (YYYY-MM-DDTHH:MM:SSZ)', value)
}

export const stringType: FieldType<string> = { coerce: coerceString }

export const integerType: FieldType<number> = {
  coerce: value => Math.trunc(coerceNumber(value, 'a whole number')),
}

const floatType: FieldType<number> = { coerce: value => coerceNumber(value, 'a number') }

const booleanType: FieldType<boolean> = { coerce: coerceBoolean }

const dateTimeType: FieldType<Date> = {
  coerce: coerceTime,
  toPrimitive: formatTime,
  equals: (a, b) => a.getTime() === b.getTime(),
}

export const string = fieldOf(stringType)
export const integer = fieldOf(integerType)
export const float = fieldOf(floatType)
export const boolean = fieldOf(booleanType)
export const dateTime = fieldOf(dateTimeType)
/** A malformed UUID is let through, as nova does (it only warns). */
export const uuid = fieldOf(stringType)
export const ipAddress = fieldOf(stringType)

/** One of the words. */
export const enumeration = <const W extends string>(...words: readonly W[]) => {
  const known: ReadonlySet<string> = new Set(words)
  const isWord = (value: unknown): value is W => typeof value === 'string' && known.has(value)
  return fieldOf<W>({
    coerce: value => {
      if (isWord(value)) return value
      throw unfit(`one of ${words.join(', ')}`, value)
    },
  })
}

/** The type of a field that an option-less declaration made: `listOf(string())`. */
type Element<T> = Field<T>

/** Converts one element, null included. */
const elementCoerce =
  <T>(element: Element<T>) =>
  (value: unknown): T => {
    if (value === null || value === undefined) {
      if (element.nullable) return null as T
      throw unfit('a value', null)
    }
    return element.type.coerce(value) as T
  }

const elementToPrimitive =
  <T>(element: Element<T>) =>
  (value: T, manifest: VersionManifest | undefined): unknown =>
    value === null || value === undefined
      ? null
      : (element.type.toPrimitive?.(value, manifest) ?? value)

const elementFromPrimitive = <T>(element: Element<T>) => {
  const coerce = elementCoerce(element)
  const { fromPrimitive } = element.type
  return (primitive: unknown, context: PrimitiveContext): T =>
    primitive === null || !fromPrimitive
      ? coerce(primitive)
      : (fromPrimitive(primitive, context) as T)
}

const elementEquals =
  <T>(element: Element<T>) =>
  (a: T, b: T): boolean =>
    a === b ||
    (a !== null &&
      a !== undefined &&
      b !== null &&
      b !== undefined &&
      (element.type.equals?.(a, b) ?? false))

const nestedOf = <T>(element: Element<T>): Pick<FieldType<never>, 'objectTypes'> => {
  const { objectTypes } = element.type
  return objectTypes ? { objectTypes } : {}
}

const asArray = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value
  if (value instanceof Set) return [...value]
  throw unfit('a list', value)
}

/** An array. Replace it to change it: what is changed in place is not noticed. */
export const listOf = <T>(element: Field<T>) => {
  const coerce = elementCoerce(element)
  const toPrimitive = elementToPrimitive(element)
  const fromPrimitive = elementFromPrimitive(element)
  const equals = elementEquals(element)
  return fieldOf<readonly T[]>({
    coerce: value => asArray(value).map(coerce),
    toPrimitive: (value, manifest) => value.map(item => toPrimitive(item, manifest)),
    fromPrimitive: (primitive, context) =>
      asArray(primitive).map(item => fromPrimitive(item, context)),
    equals: (a, b) => a.length === b.length && a.every((item, at) => equals(item, b[at] as T)),
    ...nestedOf(element),
  })
}

/** A set; an array without order on the wire. */
export const setOf = <T>(element: Field<T>) => {
  const coerce = elementCoerce(element)
  const toPrimitive = elementToPrimitive(element)
  const fromPrimitive = elementFromPrimitive(element)
  return fieldOf<ReadonlySet<T>>({
    coerce: value => new Set(asArray(value).map(coerce)),
    toPrimitive: (value, manifest) => [...value].map(item => toPrimitive(item, manifest)),
    fromPrimitive: (primitive, context) =>
      new Set(asArray(primitive).map(item => fromPrimitive(item, context))),
    equals: (a, b) => a.size === b.size && [...a].every(item => b.has(item)),
  })
}

const asMap = (value: unknown): Readonly<Record<string, unknown>> => {
  if (value instanceof Map) return Object.fromEntries(value)
  if (isRecord(value)) return value
  throw unfit('a map', value)
}

/**
 * A plain object with text keys. Replace it to change it. `Object.fromEntries`, and a spread, keep `__proto__` a
 * key like any.
 */
export const dictOf = <T>(element: Field<T>) => {
  const coerce = elementCoerce(element)
  const toPrimitive = elementToPrimitive(element)
  const fromPrimitive = elementFromPrimitive(element)
  const equals = elementEquals(element)
  const { nullable = false } = element
  const isText = element.type === stringType
  /** Whether a copy is all there is to do: most maps are of text. */
  const isTexts = (map: Readonly<Record<string, unknown>>): boolean =>
    isText &&
    Object.keys(map).every(key => {
      const value = map[key]
      return typeof value === 'string' || (nullable && value === null)
    })
  const mapValues = <A, B>(
    map: Readonly<Record<string, A>>,
    change: (value: A) => B,
  ): Readonly<Record<string, B>> =>
    Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]))
  const texts = (map: Readonly<Record<string, unknown>>): Readonly<Record<string, T>> =>
    ({ ...map }) as Readonly<Record<string, T>>
  return fieldOf<Readonly<Record<string, T>>>({
    coerce: value => {
      const map = asMap(value)
      return isTexts(map) ? texts(map) : mapValues(map, coerce)
    },
    toPrimitive: (value, manifest) =>
      isTexts(value) ? { ...value } : mapValues(value, item => toPrimitive(item, manifest)),
    fromPrimitive: (primitive, context) => {
      const map = asMap(primitive)
      return isTexts(map) ? texts(map) : mapValues(map, item => fromPrimitive(item, context))
    },
    equals: (a, b) => {
      const keys = Object.keys(a)
      return (
        keys.length === Object.keys(b).length &&
        keys.every(key => Object.hasOwn(b, key) && equals(a[key] as T, b[key] as T))
      )
    },
  })
}

/** A value kept as parsed JSON and sent as its text. */
export const jsonText = <T extends object>(check: (value: unknown) => value is T) => {
  const coerce = (value: unknown): T => {
    if (check(value)) return value
    throw unfit('JSON of the right shape', value)
  }
  return fieldOf<T>({
    coerce: value => (typeof value === 'string' ? coerce(parseJson(value)) : coerce(value)),
    toPrimitive: value => JSON.stringify(value),
  })
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new CoercionError('expected JSON text')
  }
}
