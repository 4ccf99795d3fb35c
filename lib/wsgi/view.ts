import type { Microversion } from './microversion.js'
import { rangeIndex, rangesOf, type Window, WindowMark, windowText, within } from './window.js'

/** @returns the value of a field; undefined: the field is absent from the document as it is sent */
export type Getter<Source, Context> = (source: Source, context: Context) => unknown

/** A condition on a field that is asked once for a request, not for every item. */
export class WhenMark<Context> {
  constructor(readonly test: (context: Context) => boolean) {}
}

/** The field is present when this holds for the request: a policy, an option. */
export const when = <Context>(test: (context: Context) => boolean): WhenMark<Context> =>
  new WhenMark(test)

/** A field that holds a document, or a list of them, of another view. */
export class Nested<Source, Context> {
  constructor(readonly bind: (minor: number, context: Context) => (source: Source) => unknown) {}
}

/**
 * `flavor: [nested(s => s.flavor, flavorView), since('2.47')]`. A list gives a list; null and
 * undefined stay what they are.
 */
export const nested = <Source, Context, Inner>(
  get: (source: Source, context: Context) => Inner | readonly Inner[] | null | undefined,
  view: View<Inner, Context>,
): Nested<Source, Context> =>
  new Nested((minor, context) => {
    const project = view.bindMinor(minor, context)
    return source => {
      const inner = get(source, context)
      if (inner === null || inner === undefined) return inner
      return isList(inner) ? inner.map(project) : project(inner)
    }
  })

const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value)

/** What a field is made of, and then the marks that say when it stands in the document. */
export type Marked<Source, Context> = readonly [
  Getter<Source, Context> | Nested<Source, Context>,
  ...(WindowMark | WhenMark<Context>)[],
]

/** Several forms of one field. */
export class Alternatives<Source, Context> {
  constructor(readonly options: readonly Marked<Source, Context>[]) {}
}

/** `id: alternatives([i => i.id, until('2.52')], [i => i.uuid, since('2.53')])` */
export const alternatives = <Source, Context>(
  ...options: Marked<Source, Context>[]
): Alternatives<Source, Context> => new Alternatives(options)

export type Field<Source, Context> =
  | Getter<Source, Context>
  | Nested<Source, Context>
  | Marked<Source, Context>
  | Alternatives<Source, Context>

/** In the order of the document. */
export type Fields<Source, Context> = Readonly<Record<string, Field<Source, Context>>>

export type Document = Record<string, unknown>

interface Entry<Source, Context> {
  readonly key: string
  readonly value: Getter<Source, Context> | Nested<Source, Context>
  readonly window: Window
  readonly conditions: readonly WhenMark<Context>[]
}

/**
 * A document as a table of fields. What differs by version is a mark in the table; for each range of
 * versions within which nothing differs the list of fields is made once, on first use.
 *
 *     const keypair = view<KeyPair, unknown>({
 *       name: k => k.name,
 *       type: [k => k.type, since('2.2')],
 *     })
 *     const project = keypair.bind(req.version, req)
 *     return { keypairs: list.map(project) }
 */
export class View<Source, Context = unknown> {
  /** The table, to make another view from: `view({ ...brief.fields, … })`. */
  readonly fields: Fields<Source, Context>
  readonly #entries: readonly Entry<Source, Context>[]
  readonly #rangeOf: readonly number[]
  readonly #starts: readonly number[]
  readonly #makers = new Map<string, Maker<Source, Context>>()
  readonly #compiled: (readonly Entry<Source, Context>[] | undefined)[] = []

  /** @throws TypeError when forms of one field overlap, or a field has a name no document can have */
  constructor(fields: Fields<Source, Context>) {
    this.fields = fields
    this.#entries = Object.entries(fields).flatMap(([key, field]) => entriesOf(key, field))
    this.#starts = rangesOf(this.#entries.map(entry => entry.window))
    this.#rangeOf = rangeIndex(this.#starts)
  }

  /** A function that makes the document of one source, for this request. */
  bind(version: Microversion, context: Context): (source: Source) => Document {
    return this.bindMinor(version.minor, context)
  }

  /** Made for one document; for many, `bind` once and call what it gives for each. */
  at(version: Microversion): (source: Source, context: Context) => Document {
    return (source, context) => this.bindMinor(version.minor, context)(source)
  }

  bindMinor(minor: number, context: Context): (source: Source) => Document {
    const keys: string[] = []
    const values: Getter<Source, Context>[] = []
    for (const { key, value, conditions } of this.#range(minor)) {
      if (!conditions.every(condition => condition.test(context))) continue
      keys.push(key)
      values.push(value instanceof Nested ? value.bind(minor, context) : value)
    }
    return this.#maker(keys)(values, context)
  }

  // Few: one for each range and each outcome of its conditions.
  #maker(keys: readonly string[]): Maker<Source, Context> {
    const id = keys.join('\n')
    let maker = this.#makers.get(id)
    if (!maker) {
      maker = makerOf(keys)
      this.#makers.set(id, maker)
    }
    return maker
  }

  #range(minor: number): readonly Entry<Source, Context>[] {
    const range = this.#rangeOf[minor] ?? this.#starts.length - 1
    let entries = this.#compiled[range]
    if (!entries) {
      entries = this.#entries.filter(entry => within(entry.window, minor))
      this.#compiled[range] = entries
    }
    return entries
  }
}

/** Types of source and context are given, or inferred from the getters: `view<Flavor, Req>({ … })`. */
export const view = <Source, Context = unknown>(
  fields: Fields<Source, Context>,
): View<Source, Context> => new View(fields)

/** Getters in the order of the keys, and the request's context → what makes a document. */
type Maker<Source, Context> = (
  getters: readonly Getter<Source, Context>[],
  context: Context,
) => (source: Source) => Document

/**
 * A function with one object literal for these keys. Written as source text, as ajv writes its validators:
 * every document then has one hidden class, which makes a list of servers many times faster to build and
 * twice as fast to serialize as setting keys in a loop.
 */
const makerOf = <Source, Context>(keys: readonly string[]): Maker<Source, Context> => {
  const names = keys.map((_, at) => `g${at}`)
  const fields = keys.map((key, at) => `${JSON.stringify(key)}: g${at}(s, c)`)
  return new Function(
    'g',
    'c',
    `const [${names.join()}] = g; return s => ({ ${fields.join()} })`,
  ) as Maker<Source, Context>
}

const entriesOf = <Source, Context>(
  key: string,
  field: Field<Source, Context>,
): Entry<Source, Context>[] => {
  if (key === '__proto__') throw new TypeError("a view cannot have a field named '__proto__'")
  const options =
    field instanceof Alternatives
      ? field.options
      : typeof field === 'function' || field instanceof Nested
        ? [[field] as const]
        : [field]
  const entries = options.map(([value, ...marks]) => ({
    key,
    value,
    window: marks
      .filter(mark => mark instanceof WindowMark)
      .reduce<Window>(
        (window, mark) => ({
          min: Math.max(window.min, mark.window.min),
          max: Math.min(window.max, mark.window.max),
        }),
        { min: 0, max: Number.POSITIVE_INFINITY },
      ),
    conditions: marks.filter(mark => mark instanceof WhenMark),
  }))
  entries.forEach((entry, index) => {
    const other = entries
      .slice(0, index)
      .find(({ window }) => window.min <= entry.window.max && entry.window.min <= window.max)
    if (other) {
      throw new TypeError(
        `field '${key}' has two forms that overlap: ${windowText(other.window)}, ${windowText(entry.window)}`,
      )
    }
  })
  return entries
}
