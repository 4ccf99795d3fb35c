/**
 * White space as Python's `str.strip` sees it. JavaScript's own set also has the byte order mark,
 * which must stay: an editor that leaves one makes a file that Python does not read either.
 */
const blank =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const leading = new RegExp(`^[${blank}]+`)
const trailing = new RegExp(`[${blank}]+$`)
const between = new RegExp(`[${blank}]+`)

export const stripStart = (text: string): string => text.replace(leading, '')
export const stripEnd = (text: string): string => text.replace(trailing, '')
export const strip = (text: string): string => stripEnd(stripStart(text))

/** The words of a text: Python's `str.split()`. */
export const words = (text: string): string[] => strip(text).split(between).filter(Boolean)

/** Columns before the first character that is not blank; a tab counts as one. */
export const indentOf = (text: string): number => text.length - stripStart(text).length

export const splitLines = (text: string): string[] => text.split(/\r\n|\r|\n/)
