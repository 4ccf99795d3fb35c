import { boolean, integer, novaObject, novaObjectList, string, uuid } from './base/index.js'
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
}) {}

export class MigrationList extends novaObjectList('MigrationList', '1.5', () => Migration) {}
