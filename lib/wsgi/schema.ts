import { Choice, rangeIndex, rangesOf, type Window, Windowed, within } from './window.js'

/** JSON Schema; anywhere in it a value may stand in a window: `since('2.73', …)`, `versions(…)`. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** What `@body` and `@query` take. */
export type SchemaLike = JsonSchema | SchemaTable

/**
 * A request schema for every version: JSON Schema whose parts may have windows. Cut into ranges at
 * load; the schema of a range is made on first use.
 */
export class SchemaTable {
  readonly #source: JsonSchema
  readonly #starts: readonly number[]
  readonly #rangeOf: readonly number[]
  readonly #resolved: (JsonSchema | undefined)[] = []

  constructor(source: JsonSchema) {
    this.#source = source
    this.#starts = rangesOf(windowsIn(source))
    this.#rangeOf = rangeIndex(this.#starts)
  }

  /** Plain JSON Schema of this version; the same object for all versions of a range. */
  at(minor: number): JsonSchema {
    const range = this.#rangeOf[minor] ?? this.#starts.length - 1
    let schema = this.#resolved[range]
    if (!schema) {
      const resolved = resolve(this.#source, minor)
      schema = isObject(resolved) ? resolved : {}
      this.#resolved[range] = schema
    }
    return schema
  }
}

/** `schema(object({ lock: object({ locked_reason: since('2.73', …) }) }))` */
export const schema = (source: JsonSchema): SchemaTable => new SchemaTable(source)

export interface ObjectOptions {
  /** Names that must be there; each may have its window. */
  readonly required?: readonly unknown[]
  /** Other keys pass. Without it they are refused (and dropped under /v2). */
  readonly open?: boolean
  readonly patternProperties?: JsonSchema
  readonly nullable?: boolean
}

/** An object, closed unless said otherwise. */
export const object = (properties: JsonSchema, options: ObjectOptions = {}): JsonSchema => ({
  type: options.nullable ? ['object', 'null'] : 'object',
  properties,
  ...(options.required ? { required: options.required } : {}),
  ...(options.patternProperties ? { patternProperties: options.patternProperties } : {}),
  additionalProperties: options.open === true,
})

export interface QueryOptions {
  /** The first version that refuses unknown keys, 2.102 unless given; before, they are dropped. */
  readonly closedSince?: string
  readonly patternProperties?: JsonSchema
}

/**
 * A query string. Values come as lists of strings, for a key may repeat: give each key
 * {@link single} or {@link multiple}.
 */
export const querySchema = (properties: JsonSchema, options: QueryOptions = {}): SchemaTable => {
  const [, closed] = (options.closedSince ?? '2.102').split('.')
  const last = `2.${Number(closed) - 1}`
  return new SchemaTable({
    type: 'object',
    properties,
    ...(options.patternProperties ? { patternProperties: options.patternProperties } : {}),
    additionalProperties: new Choice([
      new Windowed({ min: 0, max: Number(last.slice(2)) }, true),
      false,
    ]),
  })
}

/** A query key that may stand once. */
export const single = (value: JsonSchema): JsonSchema => ({
  type: 'array',
  items: value,
  maxItems: 1,
})

/** A query key that may repeat. */
export const multiple = (value: JsonSchema): JsonSchema => ({ type: 'array', items: value })

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function* windowsIn(node: unknown): Generator<Window> {
  if (node instanceof Windowed) {
    yield node.window
    yield* windowsIn(node.value)
  } else if (node instanceof Choice) {
    for (const option of node.options) yield* windowsIn(option)
  } else if (Array.isArray(node)) {
    for (const item of node) yield* windowsIn(item)
  } else if (isObject(node)) {
    for (const value of Object.values(node)) yield* windowsIn(value)
  }
}

const ABSENT = Symbol('absent')

const resolve = (node: unknown, minor: number): unknown => {
  if (node instanceof Windowed) {
    return within(node.window, minor) ? resolve(node.value, minor) : ABSENT
  }
  if (node instanceof Choice) {
    for (const option of node.options) {
      const value = resolve(option, minor)
      if (value !== ABSENT) return value
    }
    return ABSENT
  }
  if (Array.isArray(node)) {
    return node.map(item => resolve(item, minor)).filter(item => item !== ABSENT)
  }
  // A regular expression or another instance stands for itself.
  if (!isObject(node) || Object.getPrototypeOf(node) !== Object.prototype) return node
  return Object.fromEntries(
    Object.entries(node)
      .map(([key, value]) => [key, resolve(value, minor)] as const)
      .filter(([, value]) => value !== ABSENT),
  )
}
