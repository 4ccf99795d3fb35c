import type { RequestContext } from '../context/index.js'
import { filterPattern } from '../db/filter-pattern.js'
import { InstanceNotFound, MarkerNotFound } from '../exception/index.js'
import { fixedIps, networkInfoFromJson } from '../network/model.js'
import { type Instance, InstanceList } from '../objects/index.js'
import { CellNotResponding, type Cells } from './cells.js'
import { columnValue } from './columns.js'
import { unavailableServers } from './unavailable-servers.js'
import { waitingServers } from './waiting-servers.js'

export interface ListOptions {
  /** nova's filters of `get_by_filters`, by column */
  readonly filters: Readonly<Record<string, unknown>>
  /** regular expression over its IPv4 addresses; null: any */
  readonly ip: string | null
  readonly ip6: string | null
  readonly sortKeys: readonly string[]
  readonly sortDirs: readonly ('asc' | 'desc')[]
  readonly limit: number
  /** uuid of the last server of the page before */
  readonly marker: string | null
  readonly expectedAttrs: readonly string[]
  /** Servers of cells that are down: told as far as known, left out, or no answer at all. */
  readonly downCells: 'partial' | 'skip' | 'fail'
}

/**
 * Servers over all cells, in one order. Those that wait for a cell come first, whatever the order;
 * the rest is merged from the cells' own ordered answers. What is known of servers whose cell is down
 * stands before all others.
 *
 * @throws MarkerNotFound (400); CellNotResponding when a cell is down and that is to fail
 */
export const listServers = async (
  context: RequestContext,
  cells: Cells,
  options: ListOptions,
  find: (uuid: string) => Promise<Instance>,
): Promise<Instance[]> => {
  if (options.limit === 0) return []
  const marker = options.marker === null ? null : await markerOf(options.marker, find)
  // The page before may have ended among those that wait.
  const first = marker?.isWaiting === false ? [] : await waiting(context, options, marker)
  const room = options.limit - first.length
  if (room <= 0) return first.slice(0, options.limit)

  const seen = new Set(first.map(({ uuid }) => uuid))
  const after = marker && !marker.isWaiting ? sortValues(marker.instance, options) : undefined
  const address = addressTest(options)
  const order = comparator(options, textOrderOf(context))
  const { answers, down } = await cells.gather(context, cell =>
    InstanceList.select(
      cell,
      {
        filters: options.filters,
        sortKeys: options.sortKeys,
        sortDirs: options.sortDirs,
        after,
        // One that waits may have found its cell meanwhile and stand there too. Addresses are no
        // column, so by them the servers are picked here.
        limit: address ? null : room + first.length,
      },
      address ? [...options.expectedAttrs, 'info_cache'] : options.expectedAttrs,
    ),
  )
  const [failed] = down
  if (failed && options.downCells === 'fail') {
    throw new CellNotResponding(failed)
  }
  const placed = merge(
    answers.map(({ objects }) => objects),
    order,
  ).filter(instance => !seen.has(instance.uuid) && (!address || address(instance)))
  const known = [...first, ...placed.slice(0, room)]
  if (!failed || options.downCells !== 'partial') return known
  const { project_id: projectId } = options.filters
  const unavailable = await unavailableServers(
    context,
    down,
    typeof projectId === 'string' ? projectId : null,
    options.limit - known.length,
  )
  return [...unavailable, ...known]
}

interface Marker {
  readonly instance: Instance
  readonly isWaiting: boolean
}

const markerOf = async (
  uuid: string,
  find: (uuid: string) => Promise<Instance>,
): Promise<Marker> => {
  try {
    const instance = await find(uuid)
    return { instance, isWaiting: !instance.isSet('id') }
  } catch (error) {
    if (!(error instanceof InstanceNotFound)) throw error
    throw new MarkerNotFound({ marker: uuid, code: 400 })
  }
}

const waiting = async (
  context: RequestContext,
  options: ListOptions,
  marker: Marker | null,
): Promise<Instance[]> => {
  if (options.ip !== null || options.ip6 !== null) return []
  const ordered = (await waitingServers(context, options.filters)).sort(
    comparator(options, textOrderOf(context)),
  )
  if (!marker) return ordered.slice(0, options.limit)
  const place = ordered.findIndex(({ uuid }) => uuid === marker.instance.uuid)
  return ordered.slice(place + 1, place + 1 + options.limit)
}

const orderOf = ({ sortKeys, sortDirs }: ListOptions) => {
  const first = sortDirs[0] ?? 'desc'
  const keys = sortKeys.map((key, at) => ({ key, dir: sortDirs[at] ?? first }))
  // Two cells may have one id and one time; by the uuid no two servers are the same.
  for (const key of ['created_at', 'id', 'uuid']) {
    if (!sortKeys.includes(key)) keys.push({ key, dir: first })
  }
  return keys
}

const sortValues = (instance: Instance, options: ListOptions): Record<string, unknown> =>
  Object.fromEntries(orderOf(options).map(({ key }) => [key, columnValue(instance, key) ?? null]))

type TextOrder = (text: string) => string

/**
 * What texts are compared by, so that merged pages stand in the very order in which the cells' databases
 * cut them: SQLite goes by characters, MySQL's collation by letters, whatever their case or accent.
 */
const textOrderOf = ({ data }: RequestContext): TextOrder =>
  data?.kind === 'direct' && data.cell?.dialect === 'sqlite'
    ? text => text
    : text => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()

const comparator = (
  options: ListOptions,
  text: TextOrder,
): ((a: Instance, b: Instance) => number) => {
  const order = orderOf(options)
  return (a, b) => {
    for (const { key, dir } of order) {
      const sign = compareValues(columnValue(a, key), columnValue(b, key), text)
      if (sign !== 0) return dir === 'asc' ? sign : -sign
    }
    return 0
  }
}

/** Null before everything, as the databases have it. */
const compareValues = (a: unknown, b: unknown, text: TextOrder): number => {
  const left = comparable(a, text)
  const right = comparable(b, text)
  if (left === right) return 0
  if (left === null) return -1
  if (right === null) return 1
  return left < right ? -1 : 1
}

const comparable = (value: unknown, text: TextOrder): number | string | null => {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.getTime()
  if (typeof value === 'boolean') return Number(value)
  return typeof value === 'number' ? value : text(String(value))
}

/** Merges lists that are each in order. */
const merge = <T>(lists: readonly (readonly T[])[], compare: (a: T, b: T) => number): T[] => {
  const [first, second, ...rest] = lists.filter(list => list.length > 0)
  if (!first) return []
  if (!second) return [...first]
  const merged: T[] = []
  let left = 0
  let right = 0
  while (left < first.length || right < second.length) {
    const a = first[left]
    const b = second[right]
    if (b === undefined || (a !== undefined && compare(a, b) <= 0)) {
      merged.push(a as T)
      left++
    } else {
      merged.push(b)
      right++
    }
  }
  return rest.length ? merge([merged, ...rest], compare) : merged
}

/** Whether one of its fixed addresses matches; null when addresses were not asked about. */
const addressTest = ({ ip, ip6 }: ListOptions): ((instance: Instance) => boolean) | null => {
  if (ip === null && ip6 === null) return null
  const patterns = [
    { version: 4, pattern: ip === null ? null : filterPattern(ip) },
    { version: 6, pattern: ip6 === null ? null : filterPattern(ip6) },
  ]
  return instance => {
    const info = networkInfoFromJson(instance.infoCache?.get('networkInfo'))
    return info
      .flatMap(fixedIps)
      .some(({ address, version }) =>
        patterns.some(one => one.version === version && one.pattern?.test(address)),
      )
  }
}
