import type { JsonSchema } from './schema.js'

export type Json = Readonly<Record<string, unknown>>

/** Keywords that only our validator knows. */
const OWN = ['trim']

/** A request schema as others read it: JSON only, and no keyword of our own. */
export const plainSchema = (schema: JsonSchema): Json =>
  JSON.parse(
    JSON.stringify(schema, (key, value) =>
      OWN.includes(key) && typeof value === 'boolean' ? undefined : value,
    ),
  )

/**
 * The parameters of a query, whose schema says of each key a list, for it may repeat. Keys that
 * are known by a pattern become one parameter, an object.
 */
export const parametersOf = (query: JsonSchema): readonly Json[] => {
  const { properties, patternProperties } = plainSchema(query)
  const parameters = Object.entries(objectOf(properties)).map(([name, value]) => ({
    name,
    in: 'query',
    ...schemaOf(objectOf(value)),
  }))
  const patterns = Object.entries(objectOf(patternProperties))
  if (patterns.length === 0) return parameters
  const schema = {
    type: 'object',
    patternProperties: Object.fromEntries(
      patterns.map(([pattern, value]) => [pattern, schemaOf(objectOf(value)).schema]),
    ),
  }
  const name = patterns.map(([pattern]) => pattern).join(' ')
  return [...parameters, { name, in: 'query', style: 'form', explode: true, schema }]
}

const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}

/** A key that may stand once is no list for those who write requests. */
const schemaOf = (list: Json): { readonly schema: unknown } =>
  list.type === 'array' && list.maxItems === 1 ? { schema: list.items ?? {} } : { schema: list }
