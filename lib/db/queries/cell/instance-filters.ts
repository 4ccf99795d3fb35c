import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import { InvalidInput, InvalidSortKey } from '../../../exception/index.js'
import { filterPattern } from '../../filter-pattern.js'
import type { CellSchema } from '../../schema/cell.js'
import { cellTables } from '../../schema/cell.js'
import type { CellDb, Values } from '../rows.js'
import type { InstanceRow } from './instances.js'

type InstanceColumn = keyof CellSchema['instances'] & string
type Builder = ExpressionBuilder<CellSchema, 'instances'>
type Condition = Expression<SqlBool>

/** What a list of instances is asked for. Names and values of filters are nova's (`get_by_filters`). */
export interface InstanceQuery {
  readonly filters: Values
  readonly sortKeys?: readonly string[] | undefined
  readonly sortDirs?: readonly string[] | undefined
  readonly limit?: number | null | undefined
  /** Only what comes after these values of the sort keys. */
  readonly after?: Values | undefined
}

/** Compared whole; every other column takes a regular expression. */
const exactFilters: ReadonlySet<string> = new Set([
  'project_id',
  'user_id',
  'image_ref',
  'vm_state',
  'instance_type_id',
  'uuid',
  'host',
  'task_state',
  'locked',
])

/** Filters with a meaning of their own, no column's name. */
const specialFilters: ReadonlySet<string> = new Set([
  'deleted',
  'soft_deleted',
  'cleaned',
  'hidden',
  'changes-since',
  'changes-before',
  'tags',
  'tags-any',
  'not-tags',
  'not-tags-any',
  'metadata',
  'system_metadata',
])

const softDeleted = 'soft-delete'

const isColumn = (name: string): name is InstanceColumn =>
  Object.hasOwn(cellTables.instances.columns, name)

/**
 * @throws InvalidInput for a regular expression that is none
 * @throws InvalidSortKey
 */
export const selectInstances = (db: CellDb, query: InstanceQuery): Promise<InstanceRow[]> => {
  const { filters, after, limit } = query
  const order = instanceOrder(query.sortKeys, query.sortDirs)
  let select = db
    .selectFrom('instances')
    .selectAll()
    .where(eb => eb.and(conditions(eb, filters)))
  if (after) select = select.where(eb => eb.or(following(eb, order, after)))
  for (const { key, dir } of order) select = select.orderBy(key, dir)
  if (typeof limit === 'number') select = select.limit(limit)
  return select.execute()
}

export interface SortKey {
  readonly key: InstanceColumn
  readonly dir: 'asc' | 'desc'
}

/**
 * The keys asked for, with `created_at` and `id` to break ties in the first direction; and `uuid`, for
 * pages over several cells, whose ids are each their own.
 */
export const instanceOrder = (
  keys: readonly string[] = ['created_at'],
  dirs: readonly string[] = [],
): readonly SortKey[] => {
  const first = direction(dirs[0] ?? 'desc')
  const order = keys.map((key, at): SortKey => {
    if (!isColumn(key)) throw new InvalidSortKey()
    return { key, dir: direction(dirs[at] ?? first) }
  })
  for (const key of ['created_at', 'id', 'uuid'] as const) {
    if (!keys.includes(key)) order.push({ key, dir: first })
  }
  return order
}

const direction = (dir: string): 'asc' | 'desc' => {
  if (dir === 'asc' || dir === 'desc') return dir
  throw new InvalidInput({ reason: `Unknown sort direction '${dir}', must be one of: asc, desc` })
}

/** "Comes after" in lexicographic order; null sorts before everything, as both engines sort it. */
const following = (eb: Builder, order: readonly SortKey[], after: Values): readonly Condition[] =>
  order.map(({ key, dir }, at) =>
    eb.and([
      ...order.slice(0, at).map(before => equals(eb, before.key, after[before.key])),
      beyond(eb, key, dir, after[key]),
    ]),
  )

const equals = (eb: Builder, key: InstanceColumn, value: unknown): Condition =>
  value === null || value === undefined
    ? eb(key, 'is', null)
    : sql<SqlBool>`${eb.ref(key)} = ${value}`

const beyond = (
  eb: Builder,
  key: InstanceColumn,
  dir: SortKey['dir'],
  value: unknown,
): Condition => {
  const isNull = value === null || value === undefined
  if (dir === 'asc')
    return isNull ? eb(key, 'is not', null) : sql<SqlBool>`${eb.ref(key)} > ${value}`
  if (isNull) return eb.lit(false)
  return eb.or([sql<SqlBool>`${eb.ref(key)} < ${value}`, eb(key, 'is', null)])
}

const conditions = (eb: Builder, filters: Values): Condition[] => [
  ...lifeConditions(eb, filters),
  ...tagConditions(eb, filters),
  ...metadataConditions(eb, filters),
  ...Object.entries(filters).flatMap(([name, value]): Condition[] => {
    if (value === undefined || specialFilters.has(name) || !isColumn(name)) return []
    return [exactFilters.has(name) ? exact(eb, name, value) : matches(eb, name, value)]
  }),
]

/** Deleted or not, changed when. */
const lifeConditions = (eb: Builder, filters: Values): Condition[] => {
  const found: Condition[] = []
  if (filters.deleted !== undefined && filters.deleted !== null) {
    if (filters.deleted) {
      const gone = eb('deleted', '!=', 0)
      found.push(
        filters.soft_deleted === false ? gone : eb.or([gone, eb('vm_state', '=', softDeleted)]),
      )
    } else {
      found.push(eb('deleted', '=', 0))
      if (!filters.soft_deleted) {
        found.push(eb.or([eb('vm_state', '!=', softDeleted), eb('vm_state', 'is', null)]))
      }
    }
  }
  if (filters.cleaned !== undefined) found.push(eb('cleaned', '=', filters.cleaned ? 1 : 0))
  if (!filters.hidden) found.push(eb.or([eb('hidden', '=', 0), eb('hidden', 'is', null)]))
  const since = timeOf(filters['changes-since'])
  if (since) found.push(eb('updated_at', '>=', since))
  const before = timeOf(filters['changes-before'])
  if (before) found.push(eb('updated_at', '<=', before))
  return found
}

const timeOf = (value: unknown): Date | null => {
  if (value === undefined || value === null) return null
  const text = String(value)
  const date =
    value instanceof Date ? value : new Date(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`)
  if (Number.isNaN(date.getTime())) {
    throw new InvalidInput({ reason: `'${text}' is not a time` })
  }
  return date
}

const asList = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : value instanceof Set ? [...value] : [value]).map(String)

const tagConditions = (eb: Builder, filters: Values): Condition[] => {
  const bears = (tags: readonly string[]): Condition =>
    eb.exists(
      eb
        .selectFrom('tags')
        .select('tags.tag')
        .whereRef('tags.resource_id', '=', 'instances.uuid')
        .where('tags.tag', 'in', tags),
    )
  const bearsAll = (tags: readonly string[]): Condition => eb.and(tags.map(tag => bears([tag])))
  const given = (name: string): readonly string[] | null =>
    filters[name] === undefined || filters[name] === null ? null : asList(filters[name])
  const found: Condition[] = []
  const all = given('tags')
  if (all) found.push(bearsAll(all))
  const any = given('tags-any')
  if (any) found.push(bears(any))
  const notAll = given('not-tags')
  if (notAll) found.push(eb.not(bearsAll(notAll)))
  const notAny = given('not-tags-any')
  if (notAny) found.push(eb.not(bears(notAny)))
  return found
}

const metadataConditions = (eb: Builder, filters: Values): Condition[] => {
  const pairs = (value: unknown): readonly (readonly [string, string])[] => {
    const maps = Array.isArray(value) ? value : value === undefined ? [] : [value]
    return maps.flatMap(map =>
      typeof map === 'object' && map !== null
        ? Object.entries(map).map(([key, item]) => [key, String(item)] as const)
        : [],
    )
  }
  return [
    ...pairs(filters.metadata).map(([key, value]) =>
      eb.exists(
        eb
          .selectFrom('instance_metadata as item')
          .select('item.id')
          .whereRef('item.instance_uuid', '=', 'instances.uuid')
          .where('item.deleted', '=', 0)
          .where('item.key', '=', key)
          .where('item.value', '=', value),
      ),
    ),
    ...pairs(filters.system_metadata).map(([key, value]) =>
      eb.exists(
        eb
          .selectFrom('instance_system_metadata as item')
          .select('item.id')
          .whereRef('item.instance_uuid', '=', 'instances.uuid')
          .where('item.deleted', '=', 0)
          .where('item.key', '=', key)
          .where('item.value', '=', value),
      ),
    ),
  ]
}

const column = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value)

const exact = (eb: Builder, name: InstanceColumn, value: unknown): Condition => {
  if (value === null) return eb(name, 'is', null)
  if (Array.isArray(value) || value instanceof Set) {
    const values = [...value]
    const some = values.filter(item => item !== null && item !== undefined).map(column)
    return eb.or([
      ...(some.length > 0 ? [sql<SqlBool>`${eb.ref(name)} in (${sql.join(some)})`] : []),
      ...(values.includes(null) ? [eb(name, 'is', null)] : []),
    ])
  }
  return sql<SqlBool>`${eb.ref(name)} = ${column(value)}`
}

/** Without any of these a pattern is a plain piece of text. */
const metaCharacter = /[\\^$.*+?()[\]{}|]/

const matches = (eb: Builder, name: InstanceColumn, value: unknown): Condition => {
  if (value === null) return eb(name, 'is', null)
  const pattern = String(column(value))
  filterPattern(pattern) // refuses what the engine must not see
  const reference = eb.ref(name)
  return metaCharacter.test(pattern)
    ? sql<SqlBool>`${reference} REGEXP ${pattern}`
    : sql<SqlBool>`instr(${reference}, ${pattern}) > 0`
}
