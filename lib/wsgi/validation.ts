import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { ValidationFault } from './fault.js'
import { formatRules, formats } from './formats.js'
import type { JsonSchema } from './schema.js'

/** Throws a {@link ValidationFault} when the value breaks the rules; may change it in place. */
export type Validator = (value: unknown) => void

/** Longest piece of a client's value that is told back, characters. */
const LONGEST_VALUE = 200

const SECRET = /pass|secret|token|private_key/i

/**
 * Checks requests by JSON Schema. One for an API: it keeps what it compiled, each schema on its
 * first use.
 */
export class Validation {
  readonly #strict = newAjv(false)
  readonly #relaxed = newAjv(true)
  readonly #bodies = new WeakMap<JsonSchema, Validator>()
  readonly #relaxedBodies = new WeakMap<JsonSchema, Validator>()
  readonly #queries = new WeakMap<JsonSchema, Validator>()

  /**
   * @param relaxed  as under /v2: unknown keys are dropped, names that say so are trimmed
   */
  body(schema: JsonSchema, relaxed: boolean): Validator {
    return remembered(relaxed ? this.#relaxedBodies : this.#bodies, schema, () =>
      this.#lazily(schema, relaxed),
    )
  }

  /** For `{ key: [values] }`. A schema that is open drops the keys that it does not name. */
  query(schema: JsonSchema): Validator {
    return remembered(this.#queries, schema, () => {
      const check = this.#lazily(schema, false)
      if (schema.additionalProperties === false) return check
      const names = new Set(Object.keys((schema.properties ?? {}) as object))
      const patterns = Object.keys((schema.patternProperties ?? {}) as object).map(
        pattern => new RegExp(pattern),
      )
      return value => {
        const query = value as Record<string, unknown>
        for (const key of Object.keys(query)) {
          if (!names.has(key) && !patterns.some(pattern => pattern.test(key))) delete query[key]
        }
        check(query)
      }
    })
  }

  #lazily(schema: JsonSchema, relaxed: boolean): Validator {
    let validate: ValidateFunction | undefined
    return value => {
      validate ??= (relaxed ? this.#relaxed : this.#strict).compile(schema)
      if (!validate(value)) throw new ValidationFault(reasonOf(validate.errors ?? []))
    }
  }
}

const remembered = (
  known: WeakMap<JsonSchema, Validator>,
  schema: JsonSchema,
  make: () => Validator,
): Validator => {
  let validator = known.get(schema)
  if (!validator) {
    validator = make()
    known.set(schema, validator)
  }
  return validator
}

/** nova compares a string of digits by its number. */
const asNumber = (value: unknown): number =>
  typeof value === 'number'
    ? value
    : typeof value === 'string' && value.trim()
      ? Number(value)
      : Number.NaN

const newAjv = (relaxed: boolean): Ajv2020 => {
  const ajv = new Ajv2020({
    strict: false,
    verbose: true,
    formats,
    // nova's patterns are Python's, such as [a-zA-Z0-9-._], which the flag u refuses
    unicodeRegExp: false,
    // Only where a schema closes an object
    removeAdditional: relaxed,
  })
  for (const [keyword, holds] of [
    ['minimum', (limit: number, value: number) => value >= limit],
    ['maximum', (limit: number, value: number) => value <= limit],
    ['exclusiveMinimum', (limit: number, value: number) => value > limit],
    ['exclusiveMaximum', (limit: number, value: number) => value < limit],
  ] as const) {
    ajv.removeKeyword(keyword)
    ajv.addKeyword({
      keyword,
      schemaType: 'number',
      errors: false,
      validate: (limit: number, value: unknown) => {
        const number = asNumber(value)
        return Number.isNaN(number) || holds(limit, number)
      },
    })
  }
  ajv.addKeyword({
    keyword: 'trim',
    modifying: true,
    schemaType: 'boolean',
    errors: false,
    validate: (
      on: boolean,
      value: unknown,
      _schema?: unknown,
      place?: { parentData: unknown; parentDataProperty: string | number },
    ) => {
      if (on && typeof value === 'string' && place && typeof place.parentData === 'object') {
        ;(place.parentData as Record<string | number, unknown>)[place.parentDataProperty] =
          value.trim()
      }
      return true
    },
  })
  return ajv
}

/** The rule that was broken first, told as contract/rest/errors.md 3 has it. */
const reasonOf = (errors: readonly ErrorObject[]): string => {
  // Of a choice that failed the last error is the choice itself; those before are its branches'.
  const error = errors.at(-1)
  if (!error) return 'the request does not have the form of this call'
  const rule = ruleOf(error)
  const field = fieldOf(error.instancePath)
  return field === null ? rule : `field ${field}, value ${valueText(field, error.data)}: ${rule}`
}

/** Last name on the path: for an item of a list its list's name and its number. */
const fieldOf = (path: string): string | null => {
  if (path === '') return null
  const parts = path
    .slice(1)
    .split('/')
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  // The values of a query key are a list that the client did not write.
  const last = parts.at(-1) ?? ''
  return /^\d+$/.test(last) && parts.length > 1 ? (parts.at(-2) ?? last) : last
}

const valueText = (field: string, value: unknown): string => {
  if (SECRET.test(field)) return "'***'"
  const text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? 'none')
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text
}

const list = (values: unknown): string =>
  (Array.isArray(values) ? values : [values])
    .map(value => (typeof value === 'string' ? value : JSON.stringify(value)))
    .join(', ')

const ruleOf = ({ keyword, params, schema, message }: ErrorObject): string => {
  const limit = String(schema)
  switch (keyword) {
    case 'type':
      return `must be ${list(schema).replaceAll(', ', ' or ')}`
    case 'minLength':
      return `shorter than ${limit}`
    case 'maxLength':
      return `longer than ${limit}`
    case 'minItems':
      return `has fewer than ${limit} items`
    case 'maxItems':
      return `has more than ${limit} items`
    case 'minProperties':
      return `has fewer than ${limit} keys`
    case 'maxProperties':
      return `has more than ${limit} keys`
    case 'minimum':
      return `less than ${limit}`
    case 'maximum':
      return `more than ${limit}`
    case 'exclusiveMinimum':
      return `not more than ${limit}`
    case 'exclusiveMaximum':
      return `not less than ${limit}`
    case 'pattern':
      return `does not match '${limit}'`
    case 'format':
      return formatRules[limit] ?? `is not a ${limit}`
    case 'enum':
      return `is none of ${list(schema)}`
    case 'const':
      return `is not ${list(schema)}`
    case 'uniqueItems':
      return 'has the same item twice'
    case 'required':
      return `'${params.missingProperty}' is required`
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return `'${params.additionalProperty ?? params.unevaluatedProperty}' is not a key known here`
    case 'propertyNames':
      return `'${params.propertyName}' is not a key allowed here`
    case 'anyOf':
    case 'oneOf':
      return 'has none of the forms allowed'
    case 'not':
      return 'has a form that is not allowed'
    default:
      return message ?? `breaks the rule '${keyword}'`
  }
}
