import { duplicateEntry } from '../../db/errors.js'
import {
  type CellMappingRow,
  cellMappingByUuid,
  deleteInstanceMapping,
  insertInstanceMapping,
  selectCellMappings,
  selectInstanceMappings,
} from '../../db/queries/api/cells.js'
import {
  type InstanceOwner,
  instanceByUuid,
  instancesAfter,
} from '../../db/queries/cell/instances.js'
import type { ApiDb, CellDb } from '../../db/queries/rows.js'
import { CommandError, type ManageSession } from './session.js'

/** Instances that are mapped at a time when no `--max-count` is given. */
const batch = 50

/** The project of the row that says how far the last run came; its uuid has blanks for dashes. */
const MARKER = 'INSTANCE_MIGRATION_MARKER'

export interface MapInstancesOptions {
  readonly cellUuid: string
  readonly maxCount?: string | undefined
  readonly reset?: boolean | undefined
}

/**
 * Maps the instances of a cell's database that are not mapped yet, oldest first, deleted ones too.
 * The next run goes on where this one ended, or was interrupted.
 *
 * @returns 0 when all are mapped, 1 when some are left
 */
export const mapInstances = async (
  session: ManageSession,
  { cellUuid, maxCount, reset }: MapInstancesOptions,
): Promise<number> => {
  const limit = maxCount === undefined ? batch : wholeNumber(maxCount)
  if (limit === null) {
    session.print('Must supply a positive value for max-count')
    return 127
  }
  const { kysely: api } = await session.api()
  const cell = await cellMappingByUuid(api, cellUuid)
  if (!cell) throw new CommandError(`Cell ${cellUuid} has no mapping.`, 255)
  const { kysely: inCell } = await session.cell(cell.database_connection ?? '')
  const last = await takeMarker(api)
  let after: InstanceOwner | undefined =
    last && !reset ? await instanceByUuid(inCell, last, 'yes') : undefined
  for (;;) {
    const found = await instancesAfter(inCell, after, limit)
    await mapMissing(api, cell, found)
    if (found.length < limit) return 0
    after = found.at(-1)
    if (maxCount !== undefined || session.signal?.aborted) break
  }
  if (after) await leaveMarker(api, after.uuid)
  return 1
}

const wholeNumber = (text: string): number | null => {
  const number = /^\d+$/.test(text) ? Number(text) : 0
  return number >= 1 && number <= 2_147_483_647 ? number : null
}

const takeMarker = async (api: ApiDb): Promise<string | undefined> => {
  const [marker] = await selectInstanceMappings(api, { projectId: MARKER })
  if (marker) await deleteInstanceMapping(api, marker.instance_uuid)
  return marker?.instance_uuid.replaceAll(' ', '-')
}

const leaveMarker = async (api: ApiDb, uuid: string): Promise<void> => {
  await insertInstanceMapping(api, {
    instance_uuid: uuid.replaceAll('-', ' '),
    project_id: MARKER,
    user_id: MARKER,
    cell_id: null,
    queued_for_delete: 0,
  })
}

const mapMissing = async (
  api: ApiDb,
  cell: CellMappingRow,
  instances: readonly InstanceOwner[],
): Promise<void> => {
  const uuids = instances.map(({ uuid }) => uuid)
  const known = new Set(
    (await selectInstanceMappings(api, { uuids })).map(mapping => mapping.instance_uuid),
  )
  for (const { uuid, project_id, user_id, deleted } of instances) {
    if (known.has(uuid)) continue
    try {
      await insertInstanceMapping(api, {
        instance_uuid: uuid,
        project_id: project_id ?? '',
        user_id,
        cell_id: cell.id,
        queued_for_delete: deleted ? 1 : 0,
      })
    } catch (error) {
      // Another run beside this one was quicker.
      if (!duplicateEntry(error)) throw error
    }
  }
}

/** Where an instance is, as far as its mapping tells. */
export const verifyInstance = async (
  session: ManageSession,
  { uuid, quiet }: { uuid: string; quiet?: boolean },
): Promise<number> => {
  const say = (line: string): void => {
    if (!quiet) session.print(line)
  }
  const { kysely: api } = await session.api()
  const [mapping] = await selectInstanceMappings(api, { uuids: [uuid] })
  if (!mapping) {
    say(
      `Instance ${uuid} is not mapped to a cell (upgrade is incomplete) or instance does not exist`,
    )
    return 1
  }
  const [cell] =
    mapping.cell_id === null ? [] : await selectCellMappings(api, { id: mapping.cell_id })
  if (!cell) {
    say(`Instance ${uuid} is not mapped to a cell`)
    return 2
  }
  const { kysely: inCell } = await session.cell(cell.database_connection ?? '')
  switch (await stateOf(inCell, uuid)) {
    case 'deleted':
      say(`The instance with uuid ${uuid} has been deleted.`)
      say(
        'Execute `nova-manage db archive_deleted_rows` command to archive this deleted instance and remove its instance_mapping.',
      )
      return 3
    case 'archived':
      say(`The instance with uuid ${uuid} has been archived.`)
      say('However its instance_mapping remains.')
      return 4
    case 'there':
      say(`Instance ${uuid} is in cell: ${cell.name ?? 'None'} (${cell.uuid})`)
      return 0
  }
}

const stateOf = async (inCell: CellDb, uuid: string): Promise<'there' | 'deleted' | 'archived'> => {
  const instance = await instanceByUuid(inCell, uuid, 'yes')
  if (!instance) return 'archived'
  return instance.deleted ? 'deleted' : 'there'
}
