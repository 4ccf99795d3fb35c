import v8 from 'node:v8'
import { LRUCache } from 'lru-cache'

// A client writes these patterns, and V8's usual engine can take for ever over some of them. Its
// other one takes time in proportion to the text, or refuses the pattern.
v8.setFlagsFromString('--enable-experimental-regexp-engine')

const maxPatternLength = 1024

/**
 * A regular expression that can be run over texts of strangers.
 *
 * @throws SyntaxError for what is no regular expression, or none that can be decided in linear time
 */
export const linearRegExp = (pattern: string): RegExp => {
  if (pattern === '') throw new SyntaxError('an empty regular expression')
  if (pattern.length > maxPatternLength) {
    throw new SyntaxError(`a regular expression of more than ${maxPatternLength} characters`)
  }
  return new RegExp(pattern, 'l')
}

/** SQLite's `REGEXP` function, as nova has it there: `column REGEXP pattern`, anywhere in the text. */
export const regexpFunction = (): ((pattern: unknown, text: unknown) => number) => {
  const compiled = new LRUCache<string, RegExp>({ max: 100 })
  return (pattern, text) => {
    if (text === null || text === undefined) return 0
    const source = String(pattern)
    const known = compiled.get(source) ?? linearRegExp(source)
    compiled.set(source, known)
    return known.test(String(text)) ? 1 : 0
  }
}
