import type { RequestContext } from '../context/index.js'
import { type InstanceQuery, selectInstances } from '../db/queries/cell/instance-filters.js'
import {
  countInstances,
  type InstanceCounts,
  type InstanceRow,
  instanceByUuid,
  instancesActiveIn,
  instancesByHost,
  instanceUuidsByHosts,
  type UsageWindow,
} from '../db/queries/cell/instances.js'
import { MarkerNotFound } from '../exception/index.js'
import { cellOf } from './access.js'
import { novaObjectList, remotableClassMethod } from './base/index.js'
import { Instance } from './instance.js'
import { defaultInstanceAttrs, instanceValues } from './instance-loader.js'

export interface InstanceListOptions {
  readonly sortKey?: string | undefined
  readonly sortDir?: string | undefined
  readonly limit?: number | null | undefined
  /** The uuid of the last instance seen, deleted ones too. */
  readonly marker?: string | null | undefined
  readonly expectedAttrs?: readonly string[] | null | undefined
  readonly useSlave?: boolean | undefined
  readonly sortKeys?: readonly string[] | null | undefined
  readonly sortDirs?: readonly string[] | null | undefined
}

export interface InstanceUsage {
  readonly project: InstanceCounts
  readonly user?: InstanceCounts
}

export interface WindowOptions {
  readonly projectId?: string | null
  readonly host?: string | null
  readonly expectedAttrs?: readonly string[] | null
  readonly useSlave?: boolean
  readonly limit?: number | null
  /** uuid of the last instance of the page before */
  readonly marker?: string | null
}

export class InstanceList extends novaObjectList('InstanceList', '2.6', () => Instance) {
  /**
   * Instances of one cell by nova's filters: columns by exact value (or a list of values) or regular
   * expression, `deleted`, `soft_deleted`, `changes-since`, `tags`, … (lib/db/queries).
   *
   * @throws MarkerNotFound, InvalidInput, InvalidSortKey
   */
  @remotableClassMethod(
    ['filters'],
    [
      'sort_key',
      'sort_dir',
      'limit',
      'marker',
      'expected_attrs',
      'use_slave',
      'sort_keys',
      'sort_dirs',
    ],
  )
  static async getByFilters(
    context: RequestContext,
    filters: Readonly<Record<string, unknown>>,
    options: InstanceListOptions = {},
  ): Promise<InstanceList> {
    const { limit, marker } = options
    if (limit === 0) return InstanceList.of(context, [])
    const sortKeys = options.sortKeys ?? (options.sortKey ? [options.sortKey] : undefined)
    const sortDirs = options.sortDirs ?? (options.sortDir ? [options.sortDir] : undefined)
    const after = marker ? await instanceByUuid(cellOf(context).kysely, marker, 'yes') : undefined
    if (marker && !after) throw new MarkerNotFound({ marker })
    return InstanceList.select(
      context,
      { filters, sortKeys, sortDirs, limit, after },
      options.expectedAttrs,
    )
  }

  /** As {@link getByFilters}, but begins after given values of the sort keys: pages over several cells. */
  static async select(
    context: RequestContext,
    query: InstanceQuery,
    expectedAttrs?: readonly string[] | null,
  ): Promise<InstanceList> {
    return load(context, await selectInstances(cellOf(context).kysely, query), expectedAttrs)
  }

  @remotableClassMethod([], ['expected_attrs'])
  static async getAll(
    context: RequestContext,
    options: { readonly expectedAttrs?: readonly string[] | null } = {},
  ): Promise<InstanceList> {
    return InstanceList.select(context, { filters: { deleted: false } }, options.expectedAttrs)
  }

  /** Those that ran at some time in the window, by project and uuid: for telling usage. */
  static async activeIn(
    context: RequestContext,
    window: UsageWindow,
    expectedAttrs?: readonly string[] | null,
  ): Promise<InstanceList> {
    return load(context, await instancesActiveIn(cellOf(context).kysely, window), expectedAttrs)
  }

  /**
   * The same for a host, which has no database. Times are texts, as nova has them here, and the name is its.
   *
   * @param begin  ISO 8601
   */
  @remotableClassMethod(
    ['begin', 'end'],
    ['project_id', 'host', 'expected_attrs', 'use_slave', 'limit', 'marker'],
  )
  static async _getActiveByWindowJoined(
    context: RequestContext,
    begin: string,
    end: string | null,
    options: WindowOptions = {},
  ): Promise<InstanceList> {
    const { projectId, host, limit, marker } = options
    const last = marker ? await instanceByUuid(cellOf(context).kysely, marker, 'yes') : undefined
    if (marker && !last) throw new MarkerNotFound({ marker })
    const window = {
      begin: new Date(begin),
      end: end === null ? undefined : new Date(end),
      projectId: projectId ?? undefined,
      host: host ?? undefined,
      limit: limit ?? undefined,
      after: last ? { projectId: last.project_id ?? '', uuid: last.uuid ?? '' } : undefined,
    }
    return InstanceList.activeIn(context, window, options.expectedAttrs)
  }

  @remotableClassMethod(['host'], ['expected_attrs', 'use_slave'])
  static async getByHost(
    context: RequestContext,
    host: string,
    options: {
      readonly expectedAttrs?: readonly string[] | null
      readonly useSlave?: boolean
    } = {},
  ): Promise<InstanceList> {
    const rows = await instancesByHost(cellOf(context).kysely, host)
    return load(context, rows, options.expectedAttrs)
  }

  @remotableClassMethod(['host', 'node'], ['expected_attrs'])
  static async getByHostAndNode(
    context: RequestContext,
    host: string,
    node: string,
    options: { readonly expectedAttrs?: readonly string[] | null } = {},
  ): Promise<InstanceList> {
    const rows = await instancesByHost(cellOf(context).kysely, host, node)
    return load(context, rows, options.expectedAttrs)
  }

  /** Those of a host that have another flavor, or all. */
  @remotableClassMethod(['host'], ['type_id', 'expected_attrs'])
  static async getByHostAndNotType(
    context: RequestContext,
    host: string,
    options: {
      readonly typeId?: number | null
      readonly expectedAttrs?: readonly string[] | null
    } = {},
  ): Promise<InstanceList> {
    const rows = await instancesByHost(cellOf(context).kysely, host)
    const wanted = rows.filter(row => row.instance_type_id !== options.typeId)
    return load(context, wanted, options.expectedAttrs)
  }

  /**
   * Those that have been rebooting for long.
   *
   * @param window  seconds since anything was written of them
   */
  @remotableClassMethod(['reboot_window'], ['expected_attrs'])
  static async getHungInRebooting(
    context: RequestContext,
    window: number,
    options: { readonly expectedAttrs?: readonly string[] | null } = {},
  ): Promise<InstanceList> {
    const since = new Date(Date.now() - window * 1000)
    const filters = { task_state: 'rebooting', deleted: false, 'changes-before': since }
    return InstanceList.select(context, { filters }, options.expectedAttrs)
  }

  @remotableClassMethod(['host'])
  static async getUuidsByHost(context: RequestContext, host: string): Promise<string[]> {
    return instanceUuidsByHosts(cellOf(context).kysely, [host])
  }

  @remotableClassMethod(['host', 'node'])
  static async getUuidsByHostAndNode(
    context: RequestContext,
    host: string,
    node: string,
  ): Promise<string[]> {
    return instanceUuidsByHosts(cellOf(context).kysely, [host], node)
  }

  @remotableClassMethod(['hosts'])
  static async getUuidsByHosts(
    context: RequestContext,
    hosts: readonly string[],
  ): Promise<string[]> {
    return instanceUuidsByHosts(cellOf(context).kysely, hosts)
  }

  /** What a project, and a user in it, uses in this cell. */
  @remotableClassMethod(['project_id'], ['user_id'])
  static async getCounts(
    context: RequestContext,
    projectId: string,
    options: { readonly userId?: string | null } = {},
  ): Promise<InstanceUsage> {
    const db = cellOf(context).kysely
    const { userId } = options
    return {
      project: await countInstances(db, projectId, null),
      ...(userId && { user: await countInstances(db, projectId, userId) }),
    }
  }
}

const load = async (
  context: RequestContext,
  rows: readonly InstanceRow[],
  expectedAttrs?: readonly string[] | null,
): Promise<InstanceList> => {
  const attrs = expectedAttrs ?? defaultInstanceAttrs
  const all = await instanceValues(cellOf(context).kysely, context, rows, attrs)
  return InstanceList.of(
    context,
    all.map(values => Instance.hydrate(context, values)),
  )
}
