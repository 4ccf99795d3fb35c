import type { RequestContext } from '../../lib/context/index.js'
import { behavioursOf, errors, type Microversion, since } from '../../lib/wsgi/index.js'
import { sortKeysOf } from '../sorting.js'
import { ignoredSortKeys } from './schemas.js'

export interface Sorting {
  readonly keys: readonly string[]
  readonly dirs: readonly ('asc' | 'desc')[]
}

const ignored = new Set(ignoredSortKeys)
const behaviours = behavioursOf({ byLock: since('2.73') })
const forAdmins = new Set(['host', 'node'])

/**
 * What a list of servers is sorted by.
 *
 * @throws Fault 400 as {@link sortKeysOf}, 403 for keys of administrators
 */
export const sortingOf = (
  context: RequestContext,
  query: Readonly<Record<string, readonly string[] | undefined>>,
  version: Microversion,
): Sorting => {
  const pairs = sortKeysOf(query, { key: 'created_at', dir: 'desc' })
  const hidden = pairs.find(({ key }) => forAdmins.has(key))
  if (hidden && !context.isAdmin) {
    throw errors.forbidden(`Only administrators can sort servers by ${hidden.key}`)
  }
  // Columns that servers were sorted by in the first days are passed over.
  const used = pairs.filter(
    ({ key }) => !ignored.has(key) && (key !== 'locked' || behaviours.at(version).byLock),
  )
  if (used.length === 0) return { keys: ['created_at'], dirs: [pairs[0].dir] }
  return { keys: used.map(({ key }) => key), dirs: used.map(({ dir }) => dir) }
}
