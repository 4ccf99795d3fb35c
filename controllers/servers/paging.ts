import type { RequestContext } from '../../lib/context/index.js'
import { behavioursOf, errors, type Microversion, since } from '../../lib/wsgi/index.js'
import { ignoredSortKeys } from './schemas.js'

export interface Sorting {
  readonly keys: readonly string[]
  readonly dirs: readonly ('asc' | 'desc')[]
}

const ignored = new Set(ignoredSortKeys)
const behaviours = behavioursOf({ byLock: since('2.73') })
const forAdmins = new Set(['host', 'node'])

/**
 * `sort_key` and `sort_dir`, paired by their places; the last direction goes for the keys beyond.
 *
 * @throws Fault 400 for more directions than keys or an unknown one, 403 for keys of administrators
 */
export const sortingOf = (
  context: RequestContext,
  query: Readonly<Record<string, readonly string[] | undefined>>,
  version: Microversion,
): Sorting => {
  const keys = query.sort_key ?? []
  const dirs = (query.sort_dir ?? []).map(directionOf)
  if (dirs.length > Math.max(keys.length, 1)) {
    throw errors.badRequest('Sort direction size exceeds sort key size')
  }
  const hidden = keys.find(key => forAdmins.has(key))
  if (hidden !== undefined && !context.isAdmin) {
    throw errors.forbidden(`Only administrators can sort servers by ${hidden}`)
  }
  const pairs = (keys.length ? keys : ['created_at']).map((key, at) => ({
    key,
    dir: dirs[at] ?? dirs.at(-1) ?? ('desc' as const),
  }))
  // Columns that servers were sorted by in the first days are passed over.
  const used = pairs.filter(
    ({ key }) => !ignored.has(key) && (key !== 'locked' || behaviours.at(version).byLock),
  )
  if (used.length === 0) return { keys: ['created_at'], dirs: [dirs[0] ?? 'desc'] }
  return { keys: used.map(({ key }) => key), dirs: used.map(({ dir }) => dir) }
}

const directionOf = (text: string): 'asc' | 'desc' => {
  if (text === 'asc' || text === 'desc') return text
  throw errors.badRequest(`Unknown sort direction '${text}', must be one of asc, desc`)
}
