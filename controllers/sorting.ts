import { errors, type QueryValues } from '../lib/wsgi/index.js'

export interface SortKey {
  readonly key: string
  readonly dir: 'asc' | 'desc'
}

/**
 * `sort_key` and `sort_dir`, paired by their places; the last direction goes for the keys beyond. Without a
 * key there is `fallback`, in the direction that is asked for.
 *
 * @throws Fault 400 for more directions than keys, or an unknown one
 */
export const sortKeysOf = (
  query: Readonly<Record<string, readonly string[] | undefined>>,
  fallback: SortKey,
): readonly [SortKey, ...SortKey[]] => {
  const [first = fallback.key, ...further] = query.sort_key ?? []
  const dirs = (query.sort_dir ?? []).map(directionOf)
  if (dirs.length > further.length + 1) {
    throw errors.badRequest('Sort direction size exceeds sort key size')
  }
  const at = (place: number) => dirs[place] ?? dirs.at(-1) ?? fallback.dir
  return [{ key: first, dir: at(0) }, ...further.map((key, place) => ({ key, dir: at(place + 1) }))]
}

/** For lists that have one order only: the last key and the last direction that are asked for. */
export const sortKeyOf = (query: QueryValues, fallback: SortKey): SortKey => ({
  key: query.sort_key ?? fallback.key,
  dir: query.sort_dir === undefined ? fallback.dir : directionOf(query.sort_dir),
})

const directionOf = (text: string): 'asc' | 'desc' => {
  if (text === 'asc' || text === 'desc') return text
  throw errors.badRequest(`Unknown sort direction '${text}', must be one of asc, desc`)
}
