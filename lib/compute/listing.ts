import type { RequestContext } from '../context/index.js'
import { InstanceNotFound, MarkerNotFound } from '../exception/index.js'
import { BuildRequestList, type Instance, InstanceList } from '../objects/index.js'
import type { Cells } from './cells.js'

export interface ListOptions {
  /** nova's filters of `get_by_filters`, by column */
  readonly filters: Readonly<Record<string, unknown>>
  readonly sortKeys: readonly string[]
  readonly sortDirs: readonly ('asc' | 'desc')[]
  readonly limit: number
  /** uuid of the last server of the page before */
  readonly marker: string | null
  readonly expectedAttrs: readonly string[]
}

/** Filters that a server without a row in a cell cannot meet. */
const cellOnly = ['host', 'node', 'tags', 'tags-any', 'not-tags', 'not-tags-any', 'ip', 'ip6']

/**
 * Servers over all cells, in one order. Those that wait for a cell come first, whatever the order;
 * the rest is merged from the cells' own ordered answers.
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
  const waiting = marker?.isWaiting === false ? [] : await waitingServers(context, options, marker)
  const room = options.limit - waiting.length
  if (room <= 0) return waiting.slice(0, options.limit)

  const seen = new Set(waiting.map(({ uuid }) => uuid))
  const after = marker && !marker.isWaiting ? sortValues(marker.instance, options) : undefined
  const lists = await Promise.all(
    (await cells.contexts(context)).map(cell =>
      InstanceList.getByFilters(cell, options.filters, {
        sortKeys: [...options.sortKeys],
        sortDirs: [...options.sortDirs],
        // One that waits may have found its cell meanwhile and stand there too.
        limit: room + waiting.length,
        expectedAttrs: [...options.expectedAttrs],
        ...(after ? { after } : {}),
      }),
    ),
  )
  const placed = merge(
    lists.map(({ objects }) => objects),
    comparator(options),
  ).filter(({ uuid }) => !seen.has(uuid))
  return [...waiting, ...placed.slice(0, room)]
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

const waitingServers = async (
  context: RequestContext,
  options: ListOptions,
  marker: Marker | null,
): Promise<Instance[]> => {
  if (cellOnly.some(name => options.filters[name] !== undefined)) return []
  const { objects } = await BuildRequestList.getByFilters(context, options.filters)
  const ordered = objects.map(({ instance }) => instance).sort(comparator(options))
  if (!marker) return ordered.slice(0, options.limit)
  const place = ordered.findIndex(({ uuid }) => uuid === marker.instance.uuid)
  return ordered.slice(place + 1, place + 1 + options.limit)
}

/** The accessor of a column's field: `created_at` → `createdAt`. */
const accessorOf = (column: string): string =>
  accessors[column] ?? column.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

const accessors: Readonly<Record<string, string>> = {
  access_ip_v4: 'accessIpV4',
  access_ip_v6: 'accessIpV6',
}

const columnValue = (instance: Instance, column: string): unknown => {
  const entry = instance.objectType.byAccessor.get(accessorOf(column))
  return entry ? (instance as { get(name: string): unknown }).get(entry.accessor) : undefined
}

const orderOf = ({ sortKeys, sortDirs }: ListOptions) => {
  const first = sortDirs[0] ?? 'desc'
  const keys = sortKeys.map((key, at) => ({ key, dir: sortDirs[at] ?? first }))
  for (const key of ['created_at', 'id']) {
    if (!sortKeys.includes(key)) keys.push({ key, dir: first })
  }
  return keys
}

const sortValues = (instance: Instance, options: ListOptions): Record<string, unknown> =>
  Object.fromEntries(orderOf(options).map(({ key }) => [key, columnValue(instance, key) ?? null]))

const comparator = (options: ListOptions): ((a: Instance, b: Instance) => number) => {
  const order = orderOf(options)
  return (a, b) => {
    for (const { key, dir } of order) {
      const sign = compareValues(columnValue(a, key), columnValue(b, key))
      if (sign !== 0) return dir === 'asc' ? sign : -sign
    }
    return 0
  }
}

/** Null before everything, as the databases have it. */
const compareValues = (a: unknown, b: unknown): number => {
  const left = comparable(a)
  const right = comparable(b)
  if (left === right) return 0
  if (left === null) return -1
  if (right === null) return 1
  return left < right ? -1 : 1
}

const comparable = (value: unknown): number | string | null => {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.getTime()
  return typeof value === 'number' ? value : String(value).toLowerCase()
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
