import type { RequestContext } from '../context/index.js'
import { filterPattern } from '../db/filter-pattern.js'
import { BuildRequestList, type Instance } from '../objects/index.js'
import { columnValue, hasColumn } from './columns.js'

/** Filters that a server without a row in a cell cannot meet. */
const cellOnly = ['host', 'node', 'tags', 'tags-any', 'not-tags', 'not-tags-any']

/** Those that say how to look, not at what. */
const notColumns = new Set([
  'deleted',
  'soft_deleted',
  'changes-since',
  'changes-before',
  'cleaned',
])

/** Compared whole; every other column takes a regular expression. */
const exact = new Set([
  'project_id',
  'user_id',
  'image_ref',
  'vm_state',
  'instance_type_id',
  'uuid',
  'task_state',
  'locked',
])

/**
 * Servers that wait for a cell and meet the filters, as the cells' databases would understand them.
 *
 * @param filters  nova's, of `get_by_filters`
 */
export const waitingServers = async (
  context: RequestContext,
  filters: Readonly<Record<string, unknown>>,
): Promise<Instance[]> => {
  if (filters.deleted === true || cellOnly.some(name => filters[name] !== undefined)) return []
  const projectId = typeof filters.project_id === 'string' ? filters.project_id : null
  const { objects } = await BuildRequestList.ofProject(context, projectId)
  const tests = Object.entries(filters).flatMap(([name, wanted]) =>
    notColumns.has(name) || wanted === undefined ? [] : [testOf(name, wanted)],
  )
  const since = filters['changes-since']
  const before = filters['changes-before']
  return objects
    .map(({ instance }) => instance)
    .filter(instance => tests.every(test => test(instance)))
    .filter(({ createdAt }) => {
      if (since instanceof Date && createdAt && createdAt < since) return false
      return !(before instanceof Date && createdAt && createdAt > before)
    })
}

const testOf = (name: string, wanted: unknown): ((instance: Instance) => boolean) => {
  if (Array.isArray(wanted)) return instance => wanted.includes(columnValue(instance, name))
  if (exact.has(name)) return instance => same(columnValue(instance, name), wanted)
  const pattern = filterPattern(String(wanted))
  // What no server has, the databases pass over too.
  return instance =>
    !hasColumn(instance, name) || pattern.test(String(columnValue(instance, name) ?? ''))
}

const same = (value: unknown, wanted: unknown): boolean =>
  value === wanted || String(value) === String(wanted)
