import { isIP } from 'node:net'

/** How the text of a value is read. */
export interface ValueType {
  /** With its article, for "expected …". */
  readonly expected: string
  /** The words allowed, if only some are: a mistyped one is answered with the nearest. */
  readonly choices?: readonly string[] | undefined
  /** @returns undefined for a text that is none */
  readonly read: (text: string) => unknown
  /** As nova.conf writes it. */
  readonly write: (value: unknown) => string
}

const plain = (value: unknown): string => String(value)

export const stringType = (choices?: readonly string[], pattern?: RegExp): ValueType => ({
  expected: choices
    ? `one of ${choices.map(choice => `'${choice}'`).join(', ')}`
    : pattern
      ? `a text that matches ${pattern.source}`
      : 'a text',
  choices,
  read: text => {
    if (choices && !choices.includes(text)) return undefined
    return pattern && !pattern.test(text) ? undefined : text
  },
  write: plain,
})

export interface Range {
  readonly min?: number
  readonly max?: number
}

const rangeText = ({ min, max }: Range): string => {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return `, at least ${min}`
  return max === undefined ? '' : `, at most ${max}`
}

const within = (value: number, { min = -Infinity, max = Infinity }: Range): number | undefined =>
  value >= min && value <= max ? value : undefined

export const integerType = (range: Range): ValueType => ({
  expected: `a whole number${rangeText(range)}`,
  read: text => (/^[+-]?\d+$/.test(text.trim()) ? within(Number(text), range) : undefined),
  write: plain,
})

export const floatType = (range: Range): ValueType => ({
  expected: `a number${rangeText(range)}`,
  read: text =>
    /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim())
      ? within(Number(text), range)
      : undefined,
  // 1.0 and not 1, as Python shows it: whoever reads it sees that a fraction may stand there
  write: value => (Number.isInteger(value) ? `${value}.0` : String(value)),
})

const words = new Map([
  ...['true', '1', 'on', 'yes'].map(word => [word, true] as const),
  ...['false', '0', 'off', 'no'].map(word => [word, false] as const),
])

export const booleanType: ValueType = {
  expected: "'true' or 'false'",
  choices: ['true', 'false'],
  read: text => words.get(text.trim().toLowerCase()),
  write: plain,
}

/** Splits at commas outside of double quotes; the quotes of a quoted item are taken off. */
const splitList = (text: string): string[] => {
  const items = text.match(/(?:"[^"]*"|[^,"])+/g) ?? []
  return items.map(item => item.trim().replace(/^"([^"]*)"$/, '$1')).filter(item => item !== '')
}

export const listType = (item: ValueType = stringType()): ValueType => ({
  expected: item.choices ? `a list, each item ${item.expected}` : 'a list, separated by commas',
  choices: item.choices,
  read: text => {
    const items = splitList(text).map(item.read)
    return items.includes(undefined) ? undefined : items
  },
  write: value => (value as readonly unknown[]).map(item.write).join(','),
})

export const dictType: ValueType = {
  expected: "a list of 'key:value', separated by commas",
  read: text => {
    const pairs = splitList(text).map(pair => /^([^:]+):(.*)$/s.exec(pair))
    if (pairs.includes(null)) return undefined
    return Object.fromEntries(pairs.map(pair => [pair?.[1]?.trim() ?? '', pair?.[2]?.trim() ?? '']))
  },
  write: value =>
    Object.entries(value as Record<string, string>)
      .map(([key, each]) => `${key}:${each}`)
      .join(','),
}

export const hostAddressType: ValueType = {
  expected: 'a host name or an IP address',
  read: text => {
    const bare = text.replace(/^\[(.*)\]$/, '$1')
    if (isIP(bare)) return bare
    // RFC 1123; a name of digits and dots only is a mistyped address
    const name = /^(?=.{1,253}$)[\w-]{1,63}(\.[\w-]{1,63})*\.?$/.test(text)
    return name && !/^[\d.]+$/.test(text) ? text : undefined
  },
  write: plain,
}

export const uriType = (schemes?: readonly string[]): ValueType => ({
  expected: schemes
    ? `a URI that begins with ${schemes.map(scheme => `'${scheme}://'`).join(' or ')}`
    : "a URI such as 'http://host:port/path'",
  read: text => {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\/\S*$/i.exec(text)?.[1]?.toLowerCase()
    if (scheme === undefined) return undefined
    return schemes && !schemes.includes(scheme) ? undefined : text
  },
  write: plain,
})
