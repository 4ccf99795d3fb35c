import { bigint, boolean, datetime, enumeration, integer, varchar } from '../columns.js'
import { since, table } from '../table.js'

export const migrations = table(
  'migrations',
  {
    created_at: datetime(),
    updated_at: datetime(),
    deleted_at: datetime(),
    id: integer().autoIncrement(),
    source_compute: varchar(255),
    dest_compute: varchar(255),
    dest_host: varchar(255),
    status: varchar(255),
    instance_uuid: varchar(36),
    old_instance_type_id: integer(),
    new_instance_type_id: integer(),
    source_node: varchar(255),
    dest_node: varchar(255),
    deleted: integer(),
    migration_type: enumeration('migration', 'resize', 'live-migration', 'evacuation'),
    hidden: boolean(),
    memory_total: bigint(),
    memory_processed: bigint(),
    memory_remaining: bigint(),
    disk_total: bigint(),
    disk_processed: bigint(),
    disk_remaining: bigint(),
    uuid: varchar(36),
    cross_cell_move: boolean(),
    user_id: varchar(255),
    project_id: varchar(255),
    dest_compute_id: bigint().since('1acf2c98e646'),
  },
  {
    uniques: {
      migrations_uuid: ['uuid'],
    },
    indexes: {
      fk_migrations_instance_uuid: ['instance_uuid'],
      migrations_by_dest_host_nodes_and_status_idx: since('ab450ba04102', [
        'deleted',
        'dest_compute',
        'dest_node',
        'status',
      ]),
      migrations_by_host_nodes_and_status_idx: [
        'deleted',
        'source_compute(100)',
        'dest_compute(100)',
        'source_node(100)',
        'dest_node(100)',
        'status',
      ],
      migrations_by_src_host_nodes_and_status_idx: since('ab450ba04102', [
        'deleted',
        'source_compute',
        'source_node',
        'status',
      ]),
      migrations_dest_compute_id_deleted_idx: since('1acf2c98e646', ['dest_compute_id', 'deleted']),
      migrations_instance_uuid_and_status_idx: ['deleted', 'instance_uuid', 'status'],
      migrations_updated_at_idx: ['updated_at'],
    },
    foreignKeys: {
      fk_migrations_instance_uuid: { column: 'instance_uuid', references: ['instances', 'uuid'] },
    },
  },
)
