const iso = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?(Z| ?[+-]\d{2}:?\d{2})?$/

/**
 * A moment as operators write it: `YYYY-MM-DD`, `YYYY-MM-DD HH:mm[:ss]`, or what `date` prints. UTC
 * unless it says otherwise, as the databases keep it.
 *
 * @returns null when it is no date
 */
export const readDate = (text: string): Date | null => {
  const given = text.trim()
  const [, year, month, day, hours = '00', minutes = '00', seconds = '00', zone = 'Z'] =
    iso.exec(given) ?? []
  if (year && month && day) {
    const offset = zone.trim().replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2')
    const date = new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}${offset}`)
    return dayOf(date, offset, Number(day)) ? date : null
  }
  // `date`: Fri Nov 20 22:38:24 UTC 2026, and its kin; a month's name keeps bare numbers out.
  if (!/[A-Za-z]{3}/.test(given) || !/\b\d{4}\b/.test(given)) return null
  const named = /\b(UTC|GMT|Z|E[SD]T|C[SD]T|M[SD]T|P[SD]T|[+-]\d{4})\b/i.test(given)
  const date = new Date(named ? given : `${given} UTC`)
  return Number.isNaN(date.getTime()) ? null : date
}

/** Whether the day exists: `new Date` makes the 2nd of March of the 30th of February. */
const dayOf = (date: Date, offset: string, day: number): boolean => {
  if (Number.isNaN(date.getTime())) return false
  return offset !== 'Z' || date.getUTCDate() === day
}
