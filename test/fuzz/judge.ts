import type { FuzzRequest } from './requests.js'

export interface FuzzAnswer {
  readonly status: number
  readonly text: string
}

/** @returns what is wrong with an answer; null: nothing */
export const faultOfAnswer = (
  request: FuzzRequest,
  { status, text }: FuzzAnswer,
): string | null => {
  // 501: the driver, or a service behind, cannot do it.
  if (status >= 500 && status !== 501) return `answered ${status}: ${text}`
  if (request.status !== undefined) {
    return status === request.status ? null : `answered ${status}, not ${request.status}: ${text}`
  }
  const { broken } = request
  if (!broken) return null
  if (status !== 400) return `is refused by its schema, but was answered ${status}: ${text}`
  const message = messageOf(text)
  return namesPlace(message, broken.path, broken.change)
    ? null
    : `broken at ${broken.path.join('.') || 'the root'} (${broken.change}), but told: ${message}`
}

const messageOf = (text: string): string => {
  try {
    const body: { badRequest?: { message?: unknown } } = JSON.parse(text)
    return String(body.badRequest?.message ?? text)
  } catch {
    return text
  }
}

/**
 * A message names the field that was changed, or a field above it whose schema offers a choice; at the root of
 * a document, what is missing or too many there.
 */
const namesPlace = (message: string, path: readonly string[], change: string): boolean => {
  const [, field] = /^field (.+?), value /s.exec(message) ?? []
  const [, key] = /'([^']*)' is (?:required|not a key)/.exec(message) ?? []
  if (field === undefined) {
    // The document itself: only where that was changed does it matter which of its keys is told.
    return path.length === 0 ? true : key !== undefined && path[0] === key
  }
  if (field === path.at(-1)) return true
  if (/forms? (?:allowed|that is not allowed)/.test(message)) return path.includes(field)
  // What was put there may itself have a key that is wrong, of the names that changes bring.
  return field === 'a' || (path.length === 0 && !change.startsWith('with'))
}
