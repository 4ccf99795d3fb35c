import type { JsonSchema } from '../../lib/wsgi/index.js'
import type { Random } from './random.js'
import { isSchema, schemasIn, typesOf } from './valid-values.js'

/** A value that was changed in one place. */
export interface Broken {
  readonly value: unknown
  /** The names on the way to the place, numbers of lists left out; the place is the last. */
  readonly path: readonly string[]
  /** What was done, for people. */
  readonly change: string
}

interface Place {
  readonly keys: readonly (string | number)[]
  readonly schema: JsonSchema
  readonly value: unknown
}

/** Keys that trip what keeps its names in a plain object. */
const strangeKeys = ['x-fuzz', '__proto__', 'constructor', 'toString', '']

const ofEachType: readonly unknown[] = [null, true, 7, 1.5, 'a text', '', [], [[]], {}, { a: 1 }]

/** Every place of a value, with the schema that speaks of it; what stands in a choice is one place. */
function* placesOf(schema: JsonSchema, value: unknown, keys: Place['keys'] = []): Generator<Place> {
  yield { keys, schema, value }
  if (Array.isArray(value)) {
    const items = isSchema(schema.items) ? schema.items : null
    if (items) for (const [at, one] of value.entries()) yield* placesOf(items, one, [...keys, at])
  } else if (isSchema(value)) {
    const properties = schemasIn(schema.properties)
    for (const [key, one] of Object.entries(value)) {
      if (Object.hasOwn(properties, key)) {
        yield* placesOf(properties[key] ?? {}, one, [...keys, key])
      }
    }
  }
}

/** @param isPlace  places that may be changed; all when absent */
export const brokenValue = (
  schema: JsonSchema,
  value: unknown,
  random: Random,
  isPlace: (keys: Place['keys']) => boolean = () => true,
): Broken | null => {
  const places = [...placesOf(schema, value)].filter(({ keys }) => isPlace(keys))
  if (places.length === 0) return null
  const place = random.pick(places)
  const [change, changed] = random.pick(changesOf(place, random))
  const path = place.keys.filter(key => typeof key === 'string')
  return { value: put(value, place.keys, changed), path, change }
}

type Change = readonly [what: string, value: unknown]

const changesOf = ({ schema, value }: Place, random: Random): readonly Change[] => {
  const changes: Change[] = [
    ['of another type', random.pick(ofEachType)],
    ['out of any range', random.pick([-1, 2 ** 70, -(2 ** 70), '99999999999999999999'])],
    ['strange text', random.pick(['\u0000', '💥', '\uD800', 'a\nb', ' ', '%s%n', "' OR 1=1 --"])],
  ]
  const types = typesOf(schema)
  if (types.includes('string')) {
    changes.push(['too long', 'x'.repeat(Math.min(Number(schema.maxLength ?? 70_000), 70_000) + 1)])
  }
  for (const [limit, step] of [
    ['minimum', -1],
    ['maximum', 1],
  ] as const) {
    if (schema[limit] !== undefined)
      changes.push([`over the ${limit}`, Number(schema[limit]) + step])
  }
  if (isSchema(value)) {
    const key = random.pick(strangeKeys)
    changes.push([`with the key '${key}'`, withKey(value, key)])
    const gone = Object.keys(value)[0]
    if (gone !== undefined) {
      const { [gone]: _, ...rest } = value
      changes.push([`without '${gone}'`, rest])
    }
  }
  if (Array.isArray(value)) {
    const [first] = value
    if (first !== undefined) changes.push(['with an item twice', [...value, first]])
    if (schema.maxItems !== undefined) {
      const length = Math.min(Number(schema.maxItems) + 1, 200)
      changes.push(['too many items', Array.from({ length }, (_, at) => first ?? String(at))])
    }
  }
  return changes
}

/** `__proto__` as a key of its own, which is what JSON makes of it. */
const withKey = (value: object, key: string): object => {
  const copy: object = { ...value }
  Object.defineProperty(copy, key, {
    value: 'x',
    enumerable: true,
    configurable: true,
    writable: true,
  })
  return copy
}

const put = (value: unknown, keys: Place['keys'], changed: unknown): unknown => {
  const [key, ...rest] = keys
  if (key === undefined) return changed
  if (Array.isArray(value)) {
    return value.map((one, at) => (at === key ? put(one, rest, changed) : one))
  }
  const record = value as Readonly<Record<string, unknown>>
  return { ...record, [key]: put(record[key], rest, changed) }
}
