import { dateTime, integer, novaObject, string, uuid } from './base/index.js'
import { persistentFields } from './persistent.js'

export class VolumeUsage extends novaObject('VolumeUsage', '1.0', {
  id: integer({ readOnly: true }),
  volume_id: uuid(),
  instance_uuid: uuid({ nullable: true }),
  project_id: string({ nullable: true }),
  user_id: string({ nullable: true }),
  availability_zone: string({ nullable: true }),
  tot_last_refreshed: dateTime({ nullable: true, readOnly: true }),
  tot_reads: integer({ readOnly: true }),
  tot_read_bytes: integer({ readOnly: true }),
  tot_writes: integer({ readOnly: true }),
  tot_write_bytes: integer({ readOnly: true }),
  curr_last_refreshed: dateTime({ nullable: true, readOnly: true }),
  curr_reads: integer(),
  curr_read_bytes: integer(),
  curr_writes: integer(),
  curr_write_bytes: integer(),
  ...persistentFields(),
}) {}
