import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../context/index.js'
import {
  insertMigration,
  type MigrationFilter,
  type MigrationRow,
  migrationsOfInstanceUnderWay,
  migrationsUnconfirmed,
  migrationsUnderWay,
  selectMigrations,
  updateMigration,
} from '../db/queries/cell/migrations.js'
import {
  MarkerNotFound,
  MigrationNotFound,
  MigrationNotFoundByStatus,
  MigrationNotFoundForInstance,
  ObjectActionError,
} from '../exception/index.js'
import { cellOf, withDeletedFlag } from './access.js'
import {
  boolean,
  integer,
  novaObject,
  novaObjectList,
  remotable,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
import { migrationType } from './enums.js'
import { persistentFields } from './persistent.js'

export class Migration extends novaObject('Migration', '1.7', {
  id: integer(),
  uuid: uuid({ since: '1.5' }),
  source_compute: string({ nullable: true }),
  dest_compute: string({ nullable: true }),
  source_node: string({ nullable: true }),
  dest_node: string({ nullable: true }),
  dest_host: string({ nullable: true }),
  old_instance_type_id: integer({ nullable: true }),
  new_instance_type_id: integer({ nullable: true }),
  instance_uuid: string({ nullable: true }),
  status: string({ nullable: true }),
  migration_type: migrationType({ since: '1.2' }),
  hidden: boolean({ default: false, since: '1.2' }),
  memory_total: integer({ nullable: true, since: '1.4' }),
  memory_processed: integer({ nullable: true, since: '1.4' }),
  memory_remaining: integer({ nullable: true, since: '1.4' }),
  disk_total: integer({ nullable: true, since: '1.4' }),
  disk_processed: integer({ nullable: true, since: '1.4' }),
  disk_remaining: integer({ nullable: true, since: '1.4' }),
  cross_cell_move: boolean({ default: false, since: '1.6' }),
  user_id: string({ nullable: true, since: '1.7' }),
  project_id: string({ nullable: true, since: '1.7' }),
  ...persistentFields(),
}) {
  /** @throws MigrationNotFound */
  @remotableClassMethod(['migration_id'])
  static async getById(context: RequestContext, id: number): Promise<Migration> {
    const [row] = await selectMigrations(cellOf(context).kysely, { id })
    if (!row) throw new MigrationNotFound({ migration_id: id })
    return Migration.hydrate(context, withDeletedFlag(row))
  }

  /** @throws MigrationNotFound */
  @remotableClassMethod(['migration_uuid'])
  static async getByUuid(context: RequestContext, uuid: string): Promise<Migration> {
    const [row] = await selectMigrations(cellOf(context).kysely, { uuid })
    if (!row) throw new MigrationNotFound({ migration_id: uuid })
    return Migration.hydrate(context, withDeletedFlag(row))
  }

  /** @throws MigrationNotFoundForInstance */
  @remotableClassMethod(['migration_id', 'instance_uuid'])
  static async getByIdAndInstance(
    context: RequestContext,
    id: number,
    instanceUuid: string,
  ): Promise<Migration> {
    const [row] = await selectMigrations(cellOf(context).kysely, { id, instanceUuid })
    if (!row) {
      throw new MigrationNotFoundForInstance({ migration_id: id, instance_id: instanceUuid })
    }
    return Migration.hydrate(context, withDeletedFlag(row))
  }

  /** @throws MigrationNotFoundByStatus */
  @remotableClassMethod(['instance_uuid', 'status'])
  static async getByInstanceAndStatus(
    context: RequestContext,
    instanceUuid: string,
    status: string,
  ): Promise<Migration> {
    const [row] = await selectMigrations(cellOf(context).kysely, { instanceUuid, status })
    if (!row) throw new MigrationNotFoundByStatus({ instance_id: instanceUuid, status })
    return Migration.hydrate(context, withDeletedFlag(row))
  }

  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'create', reason: 'already created' })
    }
    if (!this.isSet('uuid')) this.uuid = randomUUID()
    if (!this.isSet('userId')) this.userId = context.userId
    if (!this.isSet('projectId')) this.projectId = context.projectId
    const row = await cellOf(context).transaction(trx =>
      insertMigration(trx, { ...this.changes(), uuid: this.uuid }),
    )
    this.assign(withDeletedFlag(row)).resetChanges()
  }

  /** @throws MigrationNotFound */
  @remotable()
  async save(): Promise<void> {
    const context = this.requireContext('save')
    const row = await cellOf(context).transaction(trx =>
      updateMigration(trx, this.id, this.changes()),
    )
    if (!row) throw new MigrationNotFound({ migration_id: this.id })
    this.assign(withDeletedFlag(row)).resetChanges()
  }
}

export class MigrationList extends novaObjectList('MigrationList', '1.5', () => Migration) {
  /**
   * Newest first. Filters: `instance_uuid`, `status` (one or several), `migration_type`,
   * `source_compute`, `host` (either end), `hidden`, `user_id`, `project_id`, `changes-since`,
   * `changes-before`, `after` (a Migration: only what comes after it); `marker` is a uuid.
   *
   * @throws MarkerNotFound
   */
  @remotableClassMethod(['filters'], ['sort_keys', 'sort_dirs', 'limit', 'marker'])
  static async getByFilters(
    context: RequestContext,
    filters: Readonly<Record<string, unknown>>,
    options: {
      readonly sortKeys?: readonly string[] | null
      readonly sortDirs?: readonly string[] | null
      readonly limit?: number | null
      readonly marker?: string | null
    } = {},
  ): Promise<MigrationList> {
    const db = cellOf(context).kysely
    const { limit, marker } = options
    const [last] = marker ? await selectMigrations(db, { uuid: marker }) : []
    if (marker && !last) throw new MarkerNotFound({ marker })
    const rows = await selectMigrations(db, {
      ...filterOf(filters),
      limit,
      ...(last ? { after: last } : {}),
    })
    return listOf(context, rows)
  }

  /** Of a node, those that are not over. */
  @remotableClassMethod(['host', 'node'])
  static async getInProgressByHostAndNode(
    context: RequestContext,
    host: string,
    node: string,
  ): Promise<MigrationList> {
    return listOf(context, await migrationsUnderWay(cellOf(context).kysely, host, node, false))
  }

  /** Of a node, those that are not over, or ended in error. */
  @remotableClassMethod(['host', 'node'])
  static async getInProgressAndError(
    context: RequestContext,
    host: string,
    node: string,
  ): Promise<MigrationList> {
    return listOf(context, await migrationsUnderWay(cellOf(context).kysely, host, node, true))
  }

  /** @param confirmWindow  seconds since they arrived */
  @remotableClassMethod(['confirm_window', 'dest_compute'], ['use_slave'])
  static async getUnconfirmedByDestCompute(
    context: RequestContext,
    confirmWindow: number,
    destCompute: string,
    _options: { readonly useSlave?: boolean } = {},
  ): Promise<MigrationList> {
    const before = new Date(Date.now() - confirmWindow * 1000)
    const { kysely } = cellOf(context)
    return listOf(context, await migrationsUnconfirmed(kysely, destCompute, before))
  }

  @remotableClassMethod(['instance_uuid'], ['migration_type'])
  static async getInProgressByInstance(
    context: RequestContext,
    instanceUuid: string,
    options: { readonly migrationType?: string | null } = {},
  ): Promise<MigrationList> {
    const rows = await migrationsOfInstanceUnderWay(cellOf(context).kysely, instanceUuid)
    const { migrationType } = options
    return listOf(
      context,
      migrationType ? rows.filter(row => row.migration_type === migrationType) : rows,
    )
  }
}

const listOf = (context: RequestContext, rows: readonly MigrationRow[]): MigrationList =>
  MigrationList.of(
    context,
    rows.map(row => Migration.hydrate(context, withDeletedFlag(row))),
  )

const filterOf = (filters: Readonly<Record<string, unknown>>): MigrationFilter => {
  const text = (name: string): string | undefined => {
    const value = filters[name]
    return typeof value === 'string' ? value : undefined
  }
  const time = (name: string): Date | undefined => {
    const value = filters[name]
    if (value instanceof Date) return value
    return typeof value === 'string' ? new Date(value) : undefined
  }
  const { status } = filters
  return {
    instanceUuid: text('instance_uuid'),
    status: Array.isArray(status) ? status.map(String) : text('status'),
    migrationType: text('migration_type'),
    sourceCompute: text('source_compute'),
    host: text('host'),
    hidden: typeof filters.hidden === 'boolean' ? filters.hidden : undefined,
    userId: text('user_id'),
    projectId: text('project_id'),
    after:
      filters.after instanceof Migration
        ? { id: filters.after.id, created_at: filters.after.get('createdAt') ?? null }
        : undefined,
    changesSince: time('changes-since'),
    changesBefore: time('changes-before'),
  }
}
