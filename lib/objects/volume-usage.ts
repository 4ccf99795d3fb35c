import { saveVolumeUsage } from '../db/queries/cell/volume-usage.js'
import { cellOf, withDeletedFlag } from './access.js'
import { dateTime, integer, novaObject, remotable, string, uuid } from './base/index.js'
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
}) {
  /** @param options.updateTotals  the volume goes: what it did belongs to the totals from now on */
  @remotable([], ['update_totals'])
  async save({ updateTotals = false }: { readonly updateTotals?: boolean } = {}): Promise<void> {
    const context = this.requireContext('save')
    const counts = {
      reads: this.currReads,
      readBytes: this.currReadBytes,
      writes: this.currWrites,
      writeBytes: this.currWriteBytes,
      instanceUuid: this.instanceUuid,
      projectId: this.projectId,
      userId: this.userId,
      availabilityZone: this.availabilityZone,
    }
    const row = await cellOf(context).transaction(trx =>
      saveVolumeUsage(trx, this.volumeId, counts, updateTotals),
    )
    this.assign(withDeletedFlag(row)).resetChanges()
  }
}
