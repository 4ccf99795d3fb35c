import {
  dateTime,
  integer,
  novaObject,
  string,
  uuid,
  type VolumeUsage,
} from '../../objects/index.js'
import { fill } from './fill.js'

/** Both counts of a volume's usage together: of before, and since. */
export const usageOf = (usage: VolumeUsage) => {
  const sum = (before: number | undefined, since: number | undefined): number =>
    (before ?? 0) + (since ?? 0)
  return {
    lastRefreshed: latest(usage.get('totLastRefreshed'), usage.get('currLastRefreshed')),
    reads: sum(usage.get('totReads'), usage.get('currReads')),
    readBytes: sum(usage.get('totReadBytes'), usage.get('currReadBytes')),
    writes: sum(usage.get('totWrites'), usage.get('currWrites')),
    writeBytes: sum(usage.get('totWriteBytes'), usage.get('currWriteBytes')),
  }
}

const latest = (a: Date | null | undefined, b: Date | null | undefined): Date | null => {
  if (!a || !b) return a ?? b ?? null
  return a > b ? a : b
}

export class VolumeUsagePayload extends novaObject('VolumeUsagePayload', '1.0', {
  volume_id: uuid(),
  project_id: string({ nullable: true }),
  user_id: string({ nullable: true }),
  availability_zone: string({ nullable: true }),
  instance_uuid: uuid({ nullable: true }),
  last_refreshed: dateTime({ nullable: true }),
  reads: integer(),
  read_bytes: integer(),
  writes: integer(),
  write_bytes: integer(),
}) {
  static of(usage: VolumeUsage): VolumeUsagePayload {
    return fill(new VolumeUsagePayload(null, usageOf(usage)), usage)
  }
}
