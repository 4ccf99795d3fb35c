/** What a format may name, as Python's logging and oslo.log call it. */
export type FormatValues = Readonly<Record<string, string | number | null | undefined>>

/** Of a format that names it, and of a line that lacks it, this is left. */
const MISSING = '-'

const piece = /%(?:%|\((\w+)\)([-0+# ]*)(\d*)(?:\.\d+)?([a-zA-Z]))/g

/**
 * A format of Python's, with names: `%(asctime)s.%(msecs)03d %(process)d`. Read once, then only filled in.
 *
 * @returns what fills it in; a value that a line lacks is `-`
 */
export const compileFormat = (format: string): ((values: FormatValues) => string) => {
  const texts: string[] = []
  const names: { readonly name: string; readonly pad: (text: string) => string }[] = []
  let text = ''
  let last = 0
  for (const match of format.matchAll(piece)) {
    text += format.slice(last, match.index)
    last = match.index + match[0].length
    const [, name, flags = '', width = ''] = match
    if (name === undefined) {
      text += '%'
      continue
    }
    texts.push(text)
    text = ''
    names.push({ name, pad: paddingOf(flags, Number(width)) })
  }
  const end = text + format.slice(last)
  return values => {
    let line = ''
    for (const [at, { name, pad }] of names.entries()) {
      line += texts[at] + pad(String(values[name] ?? MISSING))
    }
    return line + end
  }
}

const paddingOf = (flags: string, width: number): ((text: string) => string) => {
  if (!width) return text => text
  if (flags.includes('-')) return text => text.padEnd(width)
  return text => text.padStart(width, flags.includes('0') ? '0' : ' ')
}

const two = (value: number): string => String(value).padStart(2, '0')

const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August'],
  ...['September', 'October', 'November', 'December'],
]
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

const zoneOf = (time: Date): string => {
  const minutes = -time.getTimezoneOffset()
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`
}

/** strftime's letters, but for those that hang on a locale; the machine's clock on the wall. */
const dateParts: Readonly<Record<string, (time: Date) => string>> = {
  Y: time => String(time.getFullYear()),
  y: time => two(time.getFullYear() % 100),
  m: time => two(time.getMonth() + 1),
  d: time => two(time.getDate()),
  H: time => two(time.getHours()),
  I: time => two(time.getHours() % 12 || 12),
  M: time => two(time.getMinutes()),
  S: time => two(time.getSeconds()),
  f: time => String(time.getMilliseconds() * 1000).padStart(6, '0'),
  p: time => (time.getHours() < 12 ? 'AM' : 'PM'),
  j: time => {
    const begin = Date.UTC(time.getFullYear(), 0, 0)
    const now = Date.UTC(time.getFullYear(), time.getMonth(), time.getDate())
    return String((now - begin) / 86_400_000).padStart(3, '0')
  },
  b: time => (months[time.getMonth()] ?? '').slice(0, 3),
  B: time => months[time.getMonth()] ?? '',
  a: time => (days[time.getDay()] ?? '').slice(0, 3),
  A: time => days[time.getDay()] ?? '',
  F: time => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`,
  T: time => [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':'),
  z: zoneOf,
  Z: zoneOf,
  s: time => String(Math.floor(time.getTime() / 1000)),
  '%': () => '%',
}

/** A date's format, as strftime's; letters that it does not know stay as they are. */
export const compileDate = (format: string): ((time: Date) => string) => {
  const parts = format.split(/(%[a-zA-Z%])/).map(part => {
    const write = part.startsWith('%') ? dateParts[part.slice(1)] : undefined
    return write ?? (() => part)
  })
  return time => parts.map(write => write(time)).join('')
}
