export interface AuditPeriod {
  readonly begin: Date
  readonly end: Date
}

const units = ['hour', 'day', 'month', 'year'] as const
type Unit = (typeof units)[number]

/**
 * The last period of `[DEFAULT] instance_usage_audit_period` that ended before a time; UTC.
 *
 * @param period  `hour`, `day`, `month` or `year`, with `@offset`: the minute, hour, day or month at which
 *   it begins
 */
export const lastAuditPeriod = (period: string, before: Date): AuditPeriod => {
  const [name, text = ''] = period.split('@')
  const unit = units.find(known => known === name) ?? 'month'
  const start = starts[unit](before, Number(text) || 0)
  let count = 0
  while (start(count) >= before) count -= 1
  return { begin: start(count - 1), end: start(count) }
}

/** The beginning of the period `count` periods after that of a time. */
const starts: Readonly<Record<Unit, (time: Date, offset: number) => (count: number) => Date>> = {
  hour: (time, offset) => count =>
    utc(time, { hours: time.getUTCHours() + count, minutes: offset }),
  day: (time, offset) => count => utc(time, { days: time.getUTCDate() + count, hours: offset }),
  month: (time, offset) => count =>
    utc(time, { months: time.getUTCMonth() + count, days: offset || 1 }),
  year: (time, offset) => count =>
    new Date(Date.UTC(time.getUTCFullYear() + count, (offset || 1) - 1, 1)),
}

const utc = (
  time: Date,
  part: { months?: number; days?: number; hours?: number; minutes?: number },
): Date => {
  const { months = time.getUTCMonth(), days = time.getUTCDate() } = part
  const hours = part.hours ?? (part.minutes === undefined ? 0 : time.getUTCHours())
  return new Date(Date.UTC(time.getUTCFullYear(), months, days, hours, part.minutes ?? 0))
}
