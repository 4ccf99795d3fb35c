/** `YYYY-MM-DD HH:MM:SS`, UTC: how both engines keep a time. Fractions are cut, as nova cuts them. */
export const toDatetime = (date: Date): string => {
  const iso = date.toISOString()
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}`
}

/** @returns the text itself when it is no datetime: what a column holds is never lost */
export const fromDatetime = (text: string): Date | string => {
  const date = fromPlainDatetime(text) ?? new Date(`${text.replace(' ', 'T')}Z`)
  return Number.isNaN(date.getTime()) ? text : date
}

/**
 * The form that {@link toDatetime} writes, read digit by digit: a list of servers has thousands of them, and
 * this takes a quarter of the time of Date's own parser. null for any other form.
 */
const fromPlainDatetime = (text: string): Date | null => {
  if (text.length !== 19) return null
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  // Also false when one of them is NaN.
  const isPlain = year >= 1000 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23
  if (!isPlain || !(minute <= 59 && second <= 59)) return null
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== ' ') return null
  if (text[13] !== ':' || text[16] !== ':') return null
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second))
}

/** NaN unless both are digits. */
const twoDigits = (text: string, at: number): number => {
  const tens = text.charCodeAt(at) - 48
  const ones = text.charCodeAt(at + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

export type Bound = string | number | bigint | null | Uint8Array

/**
 * A parameter as both engines take it: a `Date` as text, a boolean as 0 or 1.
 *
 * @throws TypeError for what no column holds, so that an object never lands as `[object Object]`
 */
export const bind = (value: unknown): Bound => {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
      return value
    case 'boolean':
      return value ? 1 : 0
    default:
      if (value === null) return null
      if (value instanceof Date) return toDatetime(value)
      if (value instanceof Uint8Array) return value
      throw new TypeError(
        `A query was given ${value === undefined ? 'undefined' : `an ${typeof value}`} as a parameter`,
      )
  }
}
