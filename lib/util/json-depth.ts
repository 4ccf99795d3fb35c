/** Nothing that is meant goes deeper; what recurses over a body may rely on it. */
export const MAX_JSON_DEPTH = 200

/**
 * Whether objects and lists stand in one another deeper than that, in a JSON text: looked at before it
 * is parsed, for a document of a hundred kilobytes can be fifty thousand levels deep, which is more
 * than any function that walks it survives.
 */
export const isTooDeep = (text: string, limit = MAX_JSON_DEPTH): boolean => {
  if (text.length <= 2 * limit) return false
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (inString) {
      if (code === BACKSLASH) at++
      else if (code === QUOTE) inString = false
    } else if (code === QUOTE) inString = true
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > limit) return true
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
  }
  return false
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
