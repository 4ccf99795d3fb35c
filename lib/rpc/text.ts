/**
 * A text for whatever stands in a message. `String` will not do: a peer's `{"toString": 1}` makes it
 * throw.
 */
export const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    // No JSON, and so not a peer's but our own: a circle, a bigint, something without a text at all.
    try {
      return String(value)
    } catch {
      return Object.prototype.toString.call(value)
    }
  }
}
