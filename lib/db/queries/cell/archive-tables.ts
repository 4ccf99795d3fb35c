import { cellTables } from '../../schema/cell.js'
import type { Columns, Table } from '../../schema/table.js'

/** A child's column, and the column of its parent that it holds. */
export interface Reference {
  readonly child: ArchivedTable
  readonly column: string
  readonly parentColumn: string
}

/** A table whose deleted rows can be moved to its shadow. */
export interface ArchivedTable {
  readonly name: string
  readonly shadow: string
  readonly columns: readonly string[]
  readonly primaryKey: string
}

/**
 * Tables that stand in the schema for old databases only: no row of theirs is deleted any more, and
 * nova passes them over. As children of another row they do go with it.
 */
const passedOver: ReadonlySet<string> = new Set([
  'agent_builds',
  'aggregate_hosts',
  'aggregate_metadata',
  'aggregates',
  'alembic_version',
  'allocations',
  'bw_usage_cache',
  'cells',
  'console_pools',
  'consoles',
  'dns_domains',
  'fixed_ips',
  'floating_ips',
  'instance_group_member',
  'instance_group_policy',
  'instance_groups',
  'instance_type_extra_specs',
  'instance_type_projects',
  'instance_types',
  'inventories',
  'key_pairs',
  'networks',
  'provider_fw_rules',
  'resource_provider_aggregates',
  'resource_providers',
  'security_group_default_rules',
  'snapshot_id_mappings',
  'snapshots',
  'volume_id_mappings',
])

const tables: readonly Table<Columns>[] = Object.values(cellTables)

const shadows: ReadonlySet<string> = new Set(
  tables.map(({ name }) => name).filter(name => name.startsWith('shadow_')),
)

const archivable = tables
  .filter(({ name }) => shadows.has(`shadow_${name}`))
  .map(table => ({
    table,
    archived: {
      name: table.name,
      shadow: `shadow_${table.name}`,
      columns: Object.keys(table.columns),
      primaryKey: table.primaryKey?.[0] ?? 'id',
    },
  }))

/** Parents before their children, so that children go with them and not before. */
export const archivedTables: readonly ArchivedTable[] = archivable
  .filter(({ archived }) => !passedOver.has(archived.name))
  .map(({ archived }) => archived)

/** Tables with a shadow that refer to this one. */
export const childrenOf = (parent: string): readonly Reference[] =>
  archivable.flatMap(({ table, archived }) =>
    Object.values(table.foreignKeys ?? {}).flatMap(
      ({ column, references: [name, parentColumn] }) =>
        name === parent ? [{ child: archived, column, parentColumn }] : [],
    ),
  )

/** What `db purge` empties, by name: a shadow, its key, and the time by which its rows age. */
export interface PurgedTable {
  readonly name: string
  readonly primaryKey: string
  /** null: its rows have no time */
  readonly age: string | null
}

/** What is never deleted has no `deleted_at` to go by. */
const ages: Readonly<Record<string, string>> = {
  shadow_instance_actions: 'created_at',
  shadow_instance_actions_events: 'created_at',
  shadow_task_log: 'updated_at',
}

export const purgedTables: readonly PurgedTable[] = tables
  .filter(({ name }) => shadows.has(name))
  .map(({ name, columns, primaryKey }) => ({
    name,
    primaryKey: primaryKey?.[0] ?? 'id',
    age:
      ages[name] ??
      ['deleted_at', 'updated_at', 'created_at'].find(column => Object.hasOwn(columns, column)) ??
      null,
  }))
  .sort((a, b) => (a.name < b.name ? -1 : 1))
