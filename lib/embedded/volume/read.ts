import { isRecord } from '../../util/is-record.js'
import { badRequest } from './errors.js'

type Doc = Readonly<Record<string, unknown>>

/** The one object under a key of the body. @throws VolumeError 400 */
export const bodyOf = (body: unknown, key: string): Doc => {
  const inner = isRecord(body) ? body[key] : undefined
  if (!isRecord(inner)) throw badRequest(`Missing required element '${key}' in request body.`)
  return inner
}

/** Up to 255 characters, or null. @throws VolumeError 400 */
export const textOf = (doc: Doc, key: string): string | null => {
  const value = doc[key]
  if (value === undefined || value === null) return null
  if (typeof value !== 'string' || value.length > 255) {
    throw badRequest(`Invalid input for field/attribute ${key}: text of up to 255 characters`)
  }
  return value
}

/** @throws VolumeError 400 */
export const flagOf = (doc: Doc, key: string): boolean => {
  const value = doc[key]
  if (value === undefined || value === null) return false
  const words: readonly unknown[] = [true, 'true', 'True', '1', false, 'false', 'False', '0']
  const at = words.indexOf(value)
  if (at < 0) throw badRequest(`Invalid input for field/attribute ${key}: a boolean`)
  return at < 4
}

/** A whole number above 0, or null when it is not given. @throws VolumeError 400 */
export const sizeOf = (doc: Doc, key: string): number | null => {
  const value = doc[key]
  if (value === undefined || value === null) return null
  const size = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 1 || size > 2 ** 31 - 1) {
    throw badRequest(`Invalid input for field/attribute ${key}: a whole number above 0`)
  }
  return size
}

/** Texts by name. @throws VolumeError 400 */
export const metadataOf = (value: unknown): Record<string, string> => {
  if (value === undefined || value === null) return {}
  if (!isRecord(value)) throw badRequest('Metadata must be an object.')
  const entries = Object.entries(value).map(([key, text]) => {
    const fits = typeof text === 'string' && text.length <= 255 && key !== '' && key.length <= 255
    if (!fits) throw badRequest(`Metadata property ${key.slice(0, 64)} must be a text.`)
    return [key, text] as const
  })
  return Object.fromEntries(entries)
}
