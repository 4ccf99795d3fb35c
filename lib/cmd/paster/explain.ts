import { PasteError } from '../../paste/index.js'

/** One sentence for what the reader can mend, with its place; the whole stack for the rest. */
export const explain = (error: unknown): string => {
  if (error instanceof PasteError) {
    return error.excerpt ? `${error.message}\n\n${error.excerpt}` : error.message
  }
  if (!(error instanceof Error)) return String(error)
  const place: unknown = Reflect.get(error, 'paste')
  if (place instanceof PasteError) return explain(place)
  return 'code' in error ? error.message : (error.stack ?? error.message)
}
