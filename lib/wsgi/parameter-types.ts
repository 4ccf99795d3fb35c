import type { JsonSchema } from './schema.js'

/** What nova accepts where it means a boolean; {@link boolFromString} reads it. */
const TRUE = [true, 'True', 'TRUE', 'true', '1', 'ON', 'On', 'on', 'YES', 'Yes', 'yes']
const FALSE = [false, 'False', 'FALSE', 'false', '0', 'OFF', 'Off', 'off', 'NO', 'No', 'no']

const integerLike = (minimum: number | undefined, maximum: number | undefined, re: string) => ({
  type: ['integer', 'string'],
  pattern: re,
  ...(minimum === undefined ? {} : { minimum }),
  ...(maximum === undefined ? {} : { maximum }),
})

/** Parts of request schemas that recur (nova's parameter_types). */
export const types = {
  boolean: { enum: [...TRUE, ...FALSE] },
  uuid: { type: 'string', format: 'uuid' },
  /** Printable, nothing but what is visible at its ends. */
  name: { type: 'string', minLength: 1, maxLength: 255, format: 'name' },
  /** For /v2: blanks at the ends are cut off before the handler sees it. */
  nameWithSpaces: {
    type: 'string',
    minLength: 1,
    maxLength: 255,
    format: 'name_with_leading_trailing_spaces',
    trim: true,
  },
  azName: { type: 'string', minLength: 1, maxLength: 255, format: 'az_name' },
  description: { type: ['string', 'null'], minLength: 0, maxLength: 255, format: 'printable' },
  tag: { type: 'string', minLength: 1, maxLength: 60, pattern: '^[^,/]*$' },
  /** A number, or digits. Strings are compared by `minimum` and `maximum` as numbers. */
  positiveInteger: integerLike(1, undefined, '^[0-9]*$'),
  nonNegativeInteger: integerLike(0, undefined, '^[0-9]*$'),
  /** Digits in a query string. */
  queryInteger: { ...integerLike(0, undefined, '^[0-9]*$'), minLength: 1 },
  hostname: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[a-zA-Z0-9-._]*$' },
  ipv4: { type: 'string', format: 'ipv4' },
  ipv6: { type: 'string', format: 'ipv6' },
  ip: { type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] },
  base64: { type: 'string', format: 'base64' },
  dateTime: { type: 'string', format: 'date-time' },
  string: { type: 'string' },
  nothing: { type: 'null' },
  /** Keys 1..255 of letters, digits and `-_:. `, values up to 255. */
  metadata: {
    type: 'object',
    patternProperties: { '^[a-zA-Z0-9-_:. ]{1,255}$': { type: 'string', maxLength: 255 } },
    additionalProperties: false,
  },
} as const satisfies Record<string, JsonSchema>

/** A whole number within bounds, or its digits. */
export const integerBetween = (minimum: number, maximum?: number): JsonSchema =>
  integerLike(minimum, maximum, minimum < 0 ? '^-?[0-9]+$' : '^[0-9]*$')

const words = new Map<string, boolean>([
  ...['t', 'true', 'on', 'y', 'yes', '1'].map(word => [word, true] as const),
  ...['f', 'false', 'off', 'n', 'no', '0'].map(word => [word, false] as const),
])

/**
 * oslo.utils' bool_from_string: true of t, true, on, y, yes, 1 and false of their opposites, in any case.
 *
 * @param otherwise  what anything else is
 */
export const boolFromString = (value: unknown, otherwise = false): boolean =>
  typeof value === 'boolean' ? value : (words.get(String(value).trim().toLowerCase()) ?? otherwise)

/**
 * The strict form.
 *
 * @returns null when it is no word for a boolean
 */
export const strictBool = (value: unknown): boolean | null =>
  typeof value === 'boolean' ? value : (words.get(String(value).trim().toLowerCase()) ?? null)
