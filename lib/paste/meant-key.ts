import { meant } from './meant.js'

/**
 * The key of the language that was probably meant by one that means nothing. Where the sign behind it
 * was lost the next colon of the line has split it, so the words before it count too:
 * `paste.filter_factory kilonova/filters/cors` is `paste.filter_factory`.
 */
export const meantKey = (key: string, known: readonly string[]): string | undefined => {
  const [first = ''] = key.split(/\s/, 1)
  return meant(key, known) ?? (first === key ? undefined : meant(first, known))
}
