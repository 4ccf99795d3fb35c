const yes: ReadonlySet<string> = new Set(['true', 'yes', 'on', 'y', 't', '1'])
const no: ReadonlySet<string> = new Set(['false', 'no', 'off', 'n', 'f', '0'])

const shown = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value))

/**
 * `true yes on y t 1`, `false no off n f 0`, in any case; what is no text by its truth.
 *
 * @throws RangeError for another text, the empty one too
 */
export const asbool = (value: unknown): boolean => {
  if (typeof value !== 'string') return isTrue(value)
  const text = value.trim().toLowerCase()
  if (yes.has(text)) return true
  if (no.has(text)) return false
  throw new RangeError(`${shown(value)} is neither true (yes, on, 1) nor false (no, off, 0)`)
}

/** As Python sees it: what is empty is false. */
const isTrue = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.length > 0
  if (value instanceof Map || value instanceof Set) return value.size > 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}

/**
 * A whole number, written as Python's `int` reads it: blanks around, a sign, `_` between digits,
 * digits of any script. A number is cut to its whole part.
 *
 * @throws RangeError
 */
export const asint = (value: unknown): number => {
  const number = typeof value === 'string' ? fromDigits(value.trim()) : fromNumber(value)
  if (number === null) throw new RangeError(`${shown(value)} is not a whole number`)
  if (!Number.isSafeInteger(number)) throw new RangeError(`${shown(value)} is too large`)
  return number
}

const fromNumber = (value: unknown): number | null => {
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'number' && Number.isFinite(value) ? Math.trunc(value) : null
}

const fromDigits = (text: string): number | null => {
  const [, sign = '', digits] = /^([+-]?)(\p{Nd}+(?:_\p{Nd}+)*)$/u.exec(text) ?? []
  if (digits === undefined) return null
  const number = [...digits.replaceAll('_', '')].reduce(
    (sum, digit) => sum * 10 + digitValue(digit),
    0,
  )
  return sign === '-' && number !== 0 ? -number : number
}

/** Unicode lists the decimal digits of every script together, from zero to nine. */
const digitValue = (digit: string): number => {
  const code = digit.codePointAt(0) ?? 0
  let first = code
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--
  return (code - first) % 10
}

export interface ListOptions {
  /** Null or absent: white space, which leaves no empty parts. */
  readonly sep?: string | null | undefined
  /** Whether the parts are trimmed; true when absent. */
  readonly strip?: boolean | undefined
}

/**
 * Text split into parts; a list as it is, nothing as the empty list, another value as a list of one.
 *
 * @param sep  the separator, or options that hold it
 */
export const aslist = (
  value: unknown,
  sep?: string | null | ListOptions,
  strip = true,
): readonly unknown[] => {
  const options = typeof sep === 'object' && sep !== null ? sep : { sep, strip }
  if (Array.isArray(value)) return value
  if (value === null || value === undefined) return []
  if (typeof value !== 'string') return [value]
  const parts = options.sep ? value.split(options.sep) : value.split(/\s+/).filter(Boolean)
  return (options.strip ?? true) ? parts.map(part => part.trim()) : parts
}
