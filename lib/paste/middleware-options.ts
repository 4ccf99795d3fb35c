import { asbool } from './converters.js'
import type { OptionDeclarations } from './declared-options.js'
import type { LocalConf } from './types.js'

/** What a marker at the head of a value makes of the rest. */
const markers = {
  text: (text: string): unknown => text,
  int: (text: string): unknown => {
    if (/^[+-]?\d{1,15}$/.test(text)) return Number(text)
    throw new Error('a whole number')
  },
  number: (text: string): unknown => {
    if (text !== '' && Number.isFinite(Number(text))) return Number(text)
    throw new Error('a number')
  },
  bool: (text: string): unknown => {
    try {
      return asbool(text)
    } catch {
      throw new Error('true or false')
    }
  },
  list: (text: string): unknown =>
    text
      .split(',')
      .map(part => part.trim())
      .filter(Boolean),
  json: (text: string): unknown => {
    try {
      return JSON.parse(text)
    } catch (error) {
      throw new Error(`JSON (${(error as Error).message})`)
    }
  },
  regex: (text: string): unknown => {
    const [, body, flags] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? []
    if (body === undefined) throw new Error('/pattern/flags')
    return new RegExp(body, flags)
  },
}

type Marker = keyof typeof markers | 'import'

export const markerNames: readonly string[] = [...Object.keys(markers), 'import']

/** `!int 100`: the marker and the text after it; null for a text without one. */
export const markedValue = (
  value: string,
): { readonly marker: string; readonly text: string } | null => {
  const [, marker, text = ''] = /^!([a-z]+)(?:\s+(.*))?$/s.exec(value) ?? []
  return marker === undefined ? null : { marker, text }
}

export interface MarkedProblem {
  readonly key: string
  readonly reason: string
  /** For the nearest of the markers. */
  readonly marker?: string | undefined
}

export interface MarkedOptions {
  /** Dotted keys made objects: `a.b = 1` is `{ a: { b: '1' } }`. */
  readonly values: Record<string, unknown>
  /** Keys that are numbers: arguments by their place, from 1. */
  readonly positional: readonly unknown[]
  readonly problems: readonly MarkedProblem[]
  /** Texts that look as if a number, a boolean or JSON was meant: option and marker. */
  readonly doubtful: readonly (readonly [key: string, marker: Marker])[]
}

/**
 * Makes values of a middleware's options: by the markers, or else by what is declared. A middleware
 * takes what it likes, so options that nobody declared pass.
 *
 * @param imported  values of `!import …`, by key
 */
export const markedOptions = (
  localConf: LocalConf,
  declared: OptionDeclarations,
  imported: ReadonlyMap<string, unknown> = new Map(),
): MarkedOptions => {
  const values: Record<string, unknown> = {}
  const positional: unknown[] = []
  const problems: MarkedProblem[] = []
  const doubtful: [string, Marker][] = []
  const put = (key: string, value: unknown): void => {
    if (/^[1-9]$/.test(key)) positional[Number(key) - 1] = value
    else if (!putAt(values, key.split('.'), value)) {
      problems.push({
        key,
        reason: `'${key}' goes into something that another option says is no object`,
      })
    }
  }
  for (const [key, raw] of Object.entries(localConf)) {
    if (typeof raw !== 'string') {
      put(key, raw)
      continue
    }
    const marked = markedValue(raw)
    if (!marked) {
      const type = Object.hasOwn(declared, key) ? declared[key]?.type : undefined
      const byType = type && type in markers ? markers[type as keyof typeof markers] : undefined
      if (type === undefined) {
        const meant = meantAs(raw)
        if (meant) doubtful.push([key, meant])
      }
      try {
        put(key, byType ? byType(raw) : raw)
      } catch (error) {
        const reason = `'${key}' must be ${(error as Error).message}, got '${raw}'`
        problems.push({ key, reason })
      }
      continue
    }
    const { marker, text } = marked
    if (marker === 'import') {
      put(key, imported.get(key))
    } else if (!(marker in markers)) {
      const reason = `'!${marker}' is no type; there is ${markerNames.map(name => `!${name}`).join(' ')}. A text that begins so is written '!text ${raw}'`
      problems.push({ key, reason, marker })
    } else {
      try {
        put(key, markers[marker as keyof typeof markers](text))
      } catch (error) {
        const reason = `'${key}' must be ${(error as Error).message}, got '${text}'`
        problems.push({ key, reason })
      }
    }
  }
  return { values, positional, problems, doubtful }
}

/** @returns false where the way leads through something that is no object */
const putAt = (into: Record<string, unknown>, path: readonly string[], value: unknown): boolean => {
  let object = into
  for (const name of path.slice(0, -1)) {
    const inner = Object.hasOwn(object, name) ? object[name] : {}
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return false
    define(object, name, inner)
    object = inner as Record<string, unknown>
  }
  define(object, path.at(-1) ?? '', value)
  return true
}

/** As an own property, whatever its name (`__proto__`). */
const define = (object: object, name: string, value: unknown): void => {
  Object.defineProperty(object, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

const meantAs = (text: string): Marker | null =>
  /^-?\d+$/.test(text)
    ? 'int'
    : /^-?\d*\.\d+$/.test(text)
      ? 'number'
      : /^(true|false)$/i.test(text)
        ? 'bool'
        : /^(\{.*\}|\[.*\]|null)$/s.test(text)
          ? 'json'
          : null
