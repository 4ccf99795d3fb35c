import { prepared } from '../../prepared.js'
import {
  type CellDb,
  type CellRow,
  cellValues,
  inChunks,
  insertedId,
  now,
  type Values,
} from '../rows.js'

export type BlockDeviceRow = CellRow<'block_device_mapping'>

const selectBlockDevices = prepared(
  (db: CellDb, { uuids }: { readonly uuids: readonly string[] }, volumes: boolean) => {
    const query = db
      .selectFrom('block_device_mapping')
      .selectAll()
      .where('instance_uuid', 'in', uuids)
      .where('deleted', '=', 0)
      .orderBy('id')
    return volumes ? query.where('volume_id', 'is not', null) : query
  },
)

export const blockDevicesOf = (db: CellDb, uuids: readonly string[]): Promise<BlockDeviceRow[]> =>
  inChunks(uuids, part => selectBlockDevices(db, { uuids: part }, false))

/** Those of them that are volumes. */
export const volumesOfInstances = (
  db: CellDb,
  uuids: readonly string[],
): Promise<BlockDeviceRow[]> =>
  inChunks(uuids, part => selectBlockDevices(db, { uuids: part }, true))

export const blockDevicesOfVolume = (
  db: CellDb,
  volumeId: string,
  instanceUuid?: string | null,
): Promise<BlockDeviceRow[]> => {
  let query = db
    .selectFrom('block_device_mapping')
    .selectAll()
    .where('volume_id', '=', volumeId)
    .where('deleted', '=', 0)
    .orderBy('id')
  if (instanceUuid) query = query.where('instance_uuid', '=', instanceUuid)
  return query.execute()
}

export const insertBlockDevice = async (
  db: CellDb,
  values: Values & { readonly uuid: string },
): Promise<BlockDeviceRow> => {
  const result = await db
    .insertInto('block_device_mapping')
    .values({
      delete_on_termination: 0,
      encrypted: 0,
      no_device: 0,
      ...cellValues('block_device_mapping', values),
      created_at: now(),
      deleted: 0,
    })
    .executeTakeFirstOrThrow()
  return db
    .selectFrom('block_device_mapping')
    .selectAll()
    .where('id', '=', insertedId(result))
    .executeTakeFirstOrThrow()
}

export const updateBlockDevice = async (
  db: CellDb,
  id: number,
  values: Values,
): Promise<BlockDeviceRow | undefined> => {
  await db
    .updateTable('block_device_mapping')
    .set({ ...cellValues('block_device_mapping', values), updated_at: now() })
    .where('id', '=', id)
    .where('deleted', '=', 0)
    .execute()
  return db
    .selectFrom('block_device_mapping')
    .selectAll()
    .where('id', '=', id)
    .where('deleted', '=', 0)
    .executeTakeFirst()
}

/** The row that `update_or_create` means: the same device or volume of the instance. */
export const sameBlockDevice = (
  db: CellDb,
  instanceUuid: string,
  deviceName: string,
): Promise<BlockDeviceRow | undefined> =>
  db
    .selectFrom('block_device_mapping')
    .selectAll()
    .where('instance_uuid', '=', instanceUuid)
    .where('device_name', '=', deviceName)
    .where('deleted', '=', 0)
    .executeTakeFirst()

export const softDeleteBlockDevice = async (db: CellDb, id: number): Promise<void> => {
  await db
    .updateTable('block_device_mapping')
    .set({ deleted: id, deleted_at: now() })
    .where('id', '=', id)
    .where('deleted', '=', 0)
    .execute()
}
