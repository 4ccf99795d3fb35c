import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type { JsonSchema } from '../../lib/wsgi/index.js'
import type { Random } from './random.js'

/** What stands for a key in a body that shall get further than its schema: ids of what is there. */
export type Hints = Readonly<Record<string, readonly unknown[]>>

/** Longest list that is made, and longest text unless a schema asks for more. */
const LONGEST = 4

type Maker = (schema: JsonSchema, random: Random, hints: Hints) => unknown

const byFormat: Readonly<Record<string, readonly unknown[]>> = {
  uuid: [randomUUID(), '70a599e0-31e7-49b7-b260-868f441e862b'],
  base64: ['aGVsbG8=', ''],
  ipv4: ['192.0.2.7', '10.0.0.1'],
  ipv6: ['2001:db8::7', '::1'],
  cidr: ['192.0.2.0/24', '2001:db8::/64'],
  'date-time': ['2026-01-02T03:04:05Z', '2020-02-29T00:00:00+01:00'],
  name: ['web', 'db 1', 'ä'],
  name_with_leading_trailing_spaces: ['web', ' web '],
  az_name: ['nova', 'zone 2'],
  az_name_with_leading_trailing_spaces: ['nova'],
  printable: ['a text', '', 'ü'],
  regex: ['^a.*$', 'web'],
  fqdn: ['web', 'web.example.org'],
  uri: ['http://example.org/x'],
}

const matching = new Map<string, readonly string[]>()

/** Some texts of a pattern; made once a pattern. */
const textsOf = (pattern: string): readonly string[] => {
  let texts = matching.get(pattern)
  if (!texts) {
    try {
      texts = fc.sample(fc.stringMatching(new RegExp(pattern)), { numRuns: 12, seed: 7 })
    } catch {
      // What fast-check cannot make: the schema itself tells which of these pass.
      texts = ['a', '1', 'web', 'host1', 'a_b', 'default']
    }
    matching.set(pattern, texts)
  }
  return texts
}

const numbers = (schema: JsonSchema): readonly [min: number, max: number] => {
  const min = Number(schema.minimum ?? -3)
  const max = Number(schema.maximum ?? Math.max(min, 0) + 20)
  return [min, max]
}

const integer: Maker = (schema, random) => {
  const [min, max] = numbers(schema)
  return random.chance(0.2) ? random.pick([min, max]) : random.int(min, Math.min(max, min + 50))
}

const text: Maker = (schema, random, hints) => {
  const { minLength = 0, maxLength = 255, format, pattern } = schema
  if (typeof format === 'string' && byFormat[format]) return random.pick(byFormat[format])
  if (typeof pattern === 'string') {
    if (schema.minimum !== undefined || /\[0-9\]/.test(pattern)) {
      return String(integer({ minimum: 0, ...schema }, random, hints))
    }
    return random.pick(textsOf(pattern))
  }
  const [min, max] = [Number(minLength), Number(maxLength)]
  const length = random.chance(0.1) ? Math.min(max, 300) : random.int(min, Math.min(max, min + 8))
  return 'kilonova '.repeat(40).slice(0, Math.max(min, length)).replace(/ $/, '_')
}

const list: Maker = (schema, random, hints) => {
  const { minItems = 0, maxItems = LONGEST } = schema
  const length = random.int(Number(minItems), Math.min(Number(maxItems), LONGEST))
  const items = isSchema(schema.items) ? schema.items : {}
  const made = Array.from({ length }, () => validValue(items, random, hints))
  return schema.uniqueItems
    ? [...new Map(made.map(one => [JSON.stringify(one), one])).values()]
    : made
}

const record: Maker = (schema, random, hints) => {
  const properties = schemasIn(schema.properties)
  const required = Array.isArray(schema.required) ? schema.required.map(String) : []
  const value: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(properties)) {
    if (!required.includes(key) && !random.chance(0.3)) continue
    const known = Object.hasOwn(hints, key) ? hints[key] : undefined
    value[key] = known && random.chance(0.8) ? random.pick(known) : validValue(inner, random, hints)
  }
  for (const [pattern, inner] of Object.entries(schemasIn(schema.patternProperties))) {
    for (let count = random.int(0, 2); count > 0; count--) {
      value[random.pick(textsOf(pattern))] = validValue(inner, random, hints)
    }
  }
  for (const key of required) if (!Object.hasOwn(value, key)) value[key] = 'x'
  return value
}

const byType: Readonly<Record<string, Maker>> = {
  null: () => null,
  boolean: (_schema, random) => random.chance(0.5),
  integer,
  number: integer,
  string: text,
  array: list,
  object: record,
}

export const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const schemasIn = (value: unknown): Readonly<Record<string, JsonSchema>> =>
  isSchema(value)
    ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, isSchema(one) ? one : {}]))
    : {}

/** One of the ways in which a schema that offers a choice may be read. */
export const readingOf = (schema: JsonSchema, random: Random): JsonSchema => {
  const { anyOf, oneOf, allOf, ...rest } = schema
  const choice = anyOf ?? oneOf
  if (Array.isArray(choice)) return readingOf({ ...rest, ...random.pick(choice) }, random)
  if (Array.isArray(allOf)) return readingOf(Object.assign({}, rest, ...allOf), random)
  return schema
}

/** A value that a schema should let pass; it may not, for rules that speak of several fields at once. */
export const validValue = (source: JsonSchema, random: Random, hints: Hints): unknown => {
  const schema = readingOf(source, random)
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum)) return random.pick(schema.enum)
  const make = byType[random.pick(typesOf(schema))] ?? text
  return make(schema, random, hints)
}

/** The types that a schema names, or that its rules are about. */
export const typesOf = (schema: JsonSchema): readonly string[] => {
  if (Array.isArray(schema.type)) return schema.type
  if (typeof schema.type === 'string') return [schema.type]
  if (schema.properties || schema.patternProperties) return ['object']
  if (schema.items) return ['array']
  if (schema.pattern || schema.format || schema.minLength) return ['string']
  return ['null', 'string', 'integer', 'object']
}
