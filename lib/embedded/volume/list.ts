import type { RequestContext } from '../../context/index.js'
import { isAdmin } from '../support/request.js'
import { badRequest } from './errors.js'

interface Listed {
  readonly id: string
  readonly seq: number
  readonly project_id: string
  readonly created_at: string
}

export interface ListPage<Row> {
  readonly rows: readonly Row[]
  /** Id that the next page begins after; null: this is the last. */
  readonly next: string | null
}

/** Cinder's `osapi_max_limit`. */
const MAX_LIMIT = 1000

const known: ReadonlySet<string> = new Set([
  'limit',
  'marker',
  'offset',
  'sort',
  'sort_key',
  'sort_dir',
  'all_tenants',
  'project_id',
])

/**
 * Cuts a list as its query says: whose, which (by equality of columns), in which order, how many.
 *
 * @throws VolumeError 400
 */
export const pageOf = <Row extends Listed>(
  all: readonly Row[],
  query: ReadonlyMap<string, readonly string[]>,
  context: RequestContext,
): ListPage<Row> => {
  const value = (key: string): string | undefined => query.get(key)?.at(-1)
  const everybodys = isAdmin(context) && /^(1|true)$/i.test(value('all_tenants') ?? '')
  const project = everybodys ? value('project_id') : (context.projectId ?? '')
  const filters = [...query].filter(([key]) => !known.has(key))
  const matches = (row: Row): boolean =>
    (project === undefined || row.project_id === project) &&
    filters.every(([key, values]) => {
      const own: unknown = Reflect.get(row, key)
      return own === undefined || values.includes(String(own))
    })
  const rows = all
    .filter(matches)
    .sort(orderOf(value('sort'), value('sort_key'), value('sort_dir')))
  const marker = value('marker')
  const start = marker === undefined ? 0 : rows.findIndex(({ id }) => id === marker) + 1
  if (marker !== undefined && start === 0) throw badRequest(`marker [${marker}] not found`)
  const from = start + number(value('offset'), 0)
  const limit = Math.min(number(value('limit'), MAX_LIMIT), MAX_LIMIT)
  const page = rows.slice(from, from + limit)
  const isLast = from + limit >= rows.length
  return { rows: page, next: isLast ? null : (page.at(-1)?.id ?? null) }
}

const number = (text: string | undefined, otherwise: number): number => {
  if (text === undefined) return otherwise
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`Invalid input: '${text.slice(0, 32)}'`)
  return Number(text)
}

/** `sort=name:asc,size`, or the older pair of keys; newest first without either. */
const orderOf =
  (sort: string | undefined, key: string | undefined, dir: string | undefined) =>
  (a: Listed, b: Listed): number => {
    const wanted = sort ?? (key ? `${key}:${dir ?? 'desc'}` : '')
    for (const part of wanted.split(',').filter(Boolean)) {
      const [name = '', direction = 'desc'] = part.split(':')
      const [left, right]: unknown[] = [Reflect.get(a, name), Reflect.get(b, name)]
      const order =
        typeof left === 'number' && typeof right === 'number'
          ? left - right
          : String(left ?? '').localeCompare(String(right ?? ''))
      if (order !== 0) return direction === 'asc' ? order : -order
    }
    return b.seq - a.seq
  }
