import type { RequestContext } from '../../lib/context/index.js'
import { errors, type QueryValues, strictBool } from '../../lib/wsgi/index.js'

/**
 * What of all flavors a list shows: administrators choose by `is_public`, others see those they may use.
 *
 * @throws Fault 400 for a value that means nothing
 */
export const filtersOf = (
  context: RequestContext,
  query: QueryValues,
): Readonly<Record<string, unknown>> => ({
  ...(context.isAdmin
    ? { is_public: publicity(query.is_public) }
    : { is_public: true, disabled: false }),
  ...(query.minRam !== undefined && { min_memory_mb: wholeNumber('minRam', query.minRam) }),
  ...(query.minDisk !== undefined && { min_root_gb: wholeNumber('minDisk', query.minDisk) }),
  ...(query.name !== undefined && { name: query.name }),
})

/** `None` asks for both kinds. */
const publicity = (text: string | undefined): boolean | null => {
  if (text === undefined) return true
  if (text.toLowerCase() === 'none') return null
  const value = strictBool(text)
  if (value === null) throw errors.badRequest(`Invalid is_public filter [${text}]`)
  return value
}

const wholeNumber = (key: string, text: string): number => {
  if (!/^\s*[+-]?\d{1,15}\s*$/.test(text))
    throw errors.badRequest(`Invalid ${key} filter [${text}]`)
  return Number(text)
}
