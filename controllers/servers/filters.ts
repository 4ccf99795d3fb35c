import type { RequestContext } from '../../lib/context/index.js'
import {
  behavioursOf,
  boolFromString,
  errors,
  type Microversion,
  since,
  strictBool,
} from '../../lib/wsgi/index.js'
import { changesBetween } from '../pages.js'
import { statesOf } from './status.js'

/** Filters that everybody may use, and the version from which. */
const forEverybody = behavioursOf({
  reservation_id: since('2.1'),
  name: since('2.1'),
  status: since('2.1'),
  image: since('2.1'),
  flavor: since('2.1'),
  ip: since('2.1'),
  'changes-since': since('2.1'),
  all_tenants: since('2.1'),
  ip6: since('2.5'),
  tags: since('2.26'),
  'tags-any': since('2.26'),
  'not-tags': since('2.26'),
  'not-tags-any': since('2.26'),
  'changes-before': since('2.66'),
  locked: since('2.73'),
  availability_zone: since('2.83'),
  config_drive: since('2.83'),
  key_name: since('2.83'),
  created_at: since('2.83'),
  launched_at: since('2.83'),
  terminated_at: since('2.83'),
  power_state: since('2.83'),
  task_state: since('2.83'),
  vm_state: since('2.83'),
  progress: since('2.83'),
  user_id: since('2.83'),
  hostname: since('2.90'),
})

const behaviours = behavioursOf({
  /** A status that is none; before, it gives an empty list. */
  refusesStatus: since('2.38'),
})

/** Names that are no columns to filter by: 400 when they survive the drop of what the caller may not use. */
const joined = new Set([
  'block_device_mapping',
  'services',
  'metadata',
  'system_metadata',
  'info_cache',
  'security_groups',
  'pci_devices',
])

/** Keys of the query that are no filters. */
const notFilters = new Set(['limit', 'marker', 'sort_key', 'sort_dir', 'all_tenants'])

const columnOf: Readonly<Record<string, string>> = {
  image: 'image_ref',
  name: 'display_name',
  tenant_id: 'project_id',
}

export interface ServerFilters {
  /** nova's, for `get_by_filters`; null: nothing can match, the answer is the empty list */
  readonly filters: Readonly<Record<string, unknown>> | null
  readonly allTenants: boolean
  /** Something but all_tenants was asked for that the caller may ask for. */
  readonly isFiltered: boolean
  /** flavor as the client names it, to be looked up */
  readonly flavor: string | null
  /** regular expressions over addresses */
  readonly ip: string | null
  readonly ip6: string | null
}

/**
 * What a list of servers is filtered by. Keys that the caller may not use are dropped without a word, as
 * nova does it.
 *
 * @param query  every value of each key
 */
export const filtersOf = (
  context: RequestContext,
  query: Readonly<Record<string, readonly string[] | undefined>>,
  version: Microversion,
): ServerFilters => {
  const mayAll = context.may('os_compute_api:servers:allow_all_filters', {})
  const open = forEverybody.namesAt(version)
  const given = new Map<string, readonly string[]>()
  for (const [key, values] of Object.entries(query)) {
    if (!values?.length || (notFilters.has(key) && key !== 'all_tenants')) continue
    if (mayAll || open.includes(key)) given.set(key, values)
  }
  for (const key of given.keys()) {
    if (joined.has(key) || key.startsWith('_'))
      throw errors.badRequest(`invalid filter field: ${key}`)
  }
  const last = (key: string): string | null => given.get(key)?.at(-1) ?? null
  const allTenants = allTenantsOf(last('all_tenants'))
  const filters: Record<string, unknown> = {}
  for (const key of given.keys()) {
    if (special.has(key)) continue
    filters[columnOf[key] ?? key] = last(key)
  }
  // Without all_tenants a named tenant does not count: the caller sees its own.
  if (!allTenants) filters.project_id = context.projectId
  const deleted = deletedOf(given)
  if (deleted !== undefined) filters.deleted = deleted
  const drive = last('config_drive')
  if (drive !== null) filters.config_drive = drivePatternOf(drive)
  if (given.has('soft_deleted')) filters.soft_deleted = boolFromString(last('soft_deleted'))
  if (given.has('locked')) filters.locked = lockedOf(last('locked'))
  const changes = changesBetween({
    'changes-since': last('changes-since') ?? undefined,
    'changes-before': last('changes-before') ?? undefined,
  })
  Object.assign(filters, changes)
  for (const key of ['tags', 'tags-any', 'not-tags', 'not-tags-any']) {
    const tags = last(key)
    if (tags !== null) filters[key] = tags.split(',')
  }
  const statuses = given.get('status')
  const known = statuses ? addStatuses(filters, statuses, context, version) : true
  return {
    filters: known ? filters : null,
    allTenants,
    isFiltered: [...given.keys()].some(key => key !== 'all_tenants'),
    flavor: last('flavor'),
    ip: last('ip'),
    ip6: last('ip6'),
  }
}

const special = new Set([
  'all_tenants',
  'status',
  'deleted',
  'soft_deleted',
  'locked',
  'changes-since',
  'changes-before',
  'tags',
  'tags-any',
  'not-tags',
  'not-tags-any',
  'flavor',
  'ip',
  'ip6',
])

const allTenantsOf = (value: string | null): boolean => {
  if (value === null) return false
  if (value === '') return true
  const wanted = strictBool(value)
  if (wanted === null) {
    throw errors.badRequest(`invalid value '${value}' of all_tenants: it is no boolean`)
  }
  return wanted
}

/** Deleted servers are shown when asked for, or with changes-since; everybody else sees the living. */
const deletedOf = (given: ReadonlyMap<string, readonly string[]>): boolean | undefined => {
  const deleted = given.get('deleted')?.at(-1)
  if (deleted !== undefined) return boolFromString(deleted)
  return given.has('changes-since') || given.has('changes-before') ? undefined : false
}

/** The column says "True" or nothing: what is meant by a word of no is those without one. */
const drivePatternOf = (text: string): string => (strictBool(text) === false ? '^$' : text)

const lockedOf = (value: string | null): boolean => {
  const locked = strictBool(value ?? '')
  if (locked === null)
    throw errors.badRequest(`invalid value '${value}' of locked: it is no boolean`)
  return locked
}

/** @returns false when no status is known, which up to 2.37 gives an empty list */
const addStatuses = (
  filters: Record<string, unknown>,
  statuses: readonly string[],
  context: RequestContext,
  version: Microversion,
): boolean => {
  const { vmStates, taskStates } = statesOf(statuses)
  if (vmStates.length === 0) {
    if (behaviours.at(version).refusesStatus) throw errors.badRequest('Invalid status value')
    return false
  }
  if (vmStates.length === 1 && vmStates[0] === 'deleted') {
    if (!context.isAdmin) throw errors.forbidden('Only administrators may list deleted instances')
    filters.deleted = true
  }
  filters.vm_state = vmStates
  if (!taskStates.includes('default')) filters.task_state = taskStates
  return true
}
