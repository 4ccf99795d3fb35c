import { type CellDb, type CellRow, insertedId, now } from '../rows.js'

/** What a volume did since its server was started, and whose it is. */
export interface VolumeUsageCounts {
  readonly reads: number
  /** bytes */
  readonly readBytes: number
  readonly writes: number
  /** bytes */
  readonly writeBytes: number
  readonly instanceUuid: string | null
  readonly projectId: string | null
  readonly userId: string | null
  readonly availabilityZone: string | null
}

/**
 * Counts a volume's usage. Counters that went back are those of a server that was started anew: what they
 * had reached belongs to the totals.
 *
 * @param db  a transaction; only the host of its server writes of a volume
 * @param toTotals  the volume is being detached: what it did belongs to the totals, and it begins anew
 */
export const saveVolumeUsage = async (
  db: CellDb,
  volumeId: string,
  counts: VolumeUsageCounts,
  toTotals: boolean,
): Promise<CellRow<'volume_usage_cache'>> => {
  const before = await db
    .selectFrom('volume_usage_cache')
    .selectAll()
    .where('volume_id', '=', volumeId)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  const at = now()
  const current = {
    curr_reads: counts.reads,
    curr_read_bytes: counts.readBytes,
    curr_writes: counts.writes,
    curr_write_bytes: counts.writeBytes,
  }
  const lost = before && wentBack(before, current) ? before : null
  const total = (column: Counter): number =>
    (before?.[`tot_${column}`] ?? 0) +
    (lost?.[`curr_${column}`] ?? 0) +
    (toTotals ? current[`curr_${column}`] : 0)
  const values = {
    instance_uuid: counts.instanceUuid,
    project_id: counts.projectId,
    user_id: counts.userId,
    availability_zone: counts.availabilityZone,
    tot_reads: total('reads'),
    tot_read_bytes: total('read_bytes'),
    tot_writes: total('writes'),
    tot_write_bytes: total('write_bytes'),
    ...(toTotals
      ? {
          tot_last_refreshed: at,
          curr_reads: 0,
          curr_read_bytes: 0,
          curr_writes: 0,
          curr_write_bytes: 0,
        }
      : { curr_last_refreshed: at, ...current }),
  }
  const id = before
    ? await update(db, before.id, values)
    : insertedId(
        await db
          .insertInto('volume_usage_cache')
          .values({ volume_id: volumeId, ...values, created_at: at, deleted: 0 })
          .executeTakeFirstOrThrow(),
      )
  return db
    .selectFrom('volume_usage_cache')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}

type Counter = 'reads' | 'read_bytes' | 'writes' | 'write_bytes'
const counters: readonly Counter[] = ['reads', 'read_bytes', 'writes', 'write_bytes']

const wentBack = (
  before: CellRow<'volume_usage_cache'>,
  current: Readonly<Record<`curr_${Counter}`, number>>,
): boolean => counters.some(column => current[`curr_${column}`] < (before[`curr_${column}`] ?? 0))

const update = async (db: CellDb, id: number, values: object): Promise<number> => {
  await db
    .updateTable('volume_usage_cache')
    .set({ ...values, updated_at: now() })
    .where('id', '=', id)
    .execute()
  return id
}
