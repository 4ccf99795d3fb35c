/** `YYYY-MM-DD HH:MM:SS`, UTC: how both engines keep a time. Fractions are cut, as nova cuts them. */
export const toDatetime = (date: Date): string => {
  const iso = date.toISOString()
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}`
}

/** @returns the text itself when it is no datetime: what a column holds is never lost */
export const fromDatetime = (text: string): Date | string => {
  const date = new Date(`${text.replace(' ', 'T')}Z`)
  return Number.isNaN(date.getTime()) ? text : date
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
