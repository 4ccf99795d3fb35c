import type { Database } from '../../db/database.js'
import {
  type CellMappingRow,
  selectCellMappings,
  updateInstanceMapping,
} from '../../db/queries/api/cells.js'
import { hostAggregates } from '../../db/queries/api/host-aggregates.js'
import {
  type IncompleteMapping,
  mappingsWithoutQueued,
  mappingsWithoutUser,
} from '../../db/queries/api/online-migrations.js'
import {
  classLimits,
  type Limits,
  projectLimits,
  setClassLimit,
  setProjectLimit,
  setUserLimit,
  userLimits,
} from '../../db/queries/api/quotas.js'
import {
  fillComputeIds,
  fillRatios,
  fillUuids,
  fillZones,
  type LimitTable,
  type MappedServer,
  mappedServers,
  type OldLimit,
  oldLimits,
  retireLimits,
} from '../../db/queries/cell/online-migrations.js'
import type { ApiDb } from '../../db/queries/rows.js'
import type { ApiSchema } from '../../db/schema/api.js'
import type { ManageSession } from './session.js'

export interface Progress {
  /** rows that want the change */
  readonly found: number
  /** of these, changed */
  readonly done: number
}

/** Changes at most so many rows. */
export type OnlineMigration = (session: ManageSession, limit: number) => Promise<Progress>

const all = (count: number): Progress => ({ found: count, done: count })

const uuids =
  (table: 'block_device_mapping' | 'migrations' | 'pci_devices'): OnlineMigration =>
  async (session, limit) => {
    const main = await session.main()
    return all(await main.transaction(trx => fillUuids(trx, table, limit)))
  }

const zones: OnlineMigration = async (session, limit) => {
  const zoneByHost = new Map<string, string>()
  for (const { host, metadata } of await hostAggregates((await session.api()).kysely)) {
    if (metadata.availability_zone) zoneByHost.set(host, metadata.availability_zone)
  }
  const zoneOf = (host: string): string =>
    zoneByHost.get(host) ?? session.conf.DEFAULT.default_availability_zone
  const main = await session.main()
  return all(await main.transaction(trx => fillZones(trx, zoneOf, limit)))
}

const ratios: OnlineMigration = async (session, limit) => {
  const { DEFAULT } = session.conf
  const wanted = {
    cpu_allocation_ratio: DEFAULT.cpu_allocation_ratio || DEFAULT.initial_cpu_allocation_ratio,
    ram_allocation_ratio: DEFAULT.ram_allocation_ratio || DEFAULT.initial_ram_allocation_ratio,
    disk_allocation_ratio: DEFAULT.disk_allocation_ratio || DEFAULT.initial_disk_allocation_ratio,
  }
  const main = await session.main()
  return all(await main.transaction(trx => fillRatios(trx, wanted, limit)))
}

const computeIds: OnlineMigration = async (session, limit) => {
  const main = await session.main()
  return all(await main.transaction(trx => fillComputeIds(trx, limit)))
}

/** The project of the row by which nova marks how far its list of interfaces came. */
const INTERFACES_MARK = '00000000-0000-0000-0000-000000000000'

const queuedForDelete: OnlineMigration = async (session, limit) => {
  const { kysely: api } = await session.api()
  const found = await mappingsWithoutQueued(api, limit)
  const servers = await serversOf(session, api, found)
  for (const { instance_uuid: uuid } of found) {
    // What its cell does not know is not to be deleted either; so nova decides.
    const queued = servers.get(uuid)?.isDeleted ?? false
    await updateInstanceMapping(api, uuid, { queued_for_delete: Number(queued) })
  }
  return all(found.length)
}

const userIds: OnlineMigration = async (session, limit) => {
  const { kysely: api } = await session.api()
  const found = await mappingsWithoutUser(api, [INTERFACES_MARK], limit)
  const servers = await serversOf(session, api, found)
  let done = 0
  for (const { instance_uuid: uuid } of found) {
    const user = servers.get(uuid)?.user_id
    if (!user) continue
    await updateInstanceMapping(api, uuid, { user_id: user })
    done++
  }
  return { found: found.length, done }
}

const serversOf = async (
  session: ManageSession,
  api: ApiDb,
  mappings: readonly IncompleteMapping[],
): Promise<ReadonlyMap<string, MappedServer>> => {
  const servers = new Map<string, MappedServer>()
  const byCell = Map.groupBy(mappings, ({ cell_id }) => cell_id)
  for (const cell of byCell.size > 0 ? await selectCellMappings(api) : []) {
    const uuids = (byCell.get(cell.id) ?? []).map(({ instance_uuid }) => instance_uuid)
    if (uuids.length === 0) continue
    const { kysely } = await openCell(session, cell)
    for (const server of await mappedServers(kysely, uuids)) servers.set(server.uuid, server)
  }
  return servers
}

const openCell = (session: ManageSession, cell: CellMappingRow) =>
  session.cell(cell.database_connection ?? '')

/** What the API database says of a limit stays: it is newer. */
const limits =
  (...tables: readonly LimitTable[]): OnlineMigration =>
  async (session, limit) => {
    const main = await session.main()
    const api = await session.api()
    let moved = 0
    for (const table of tables) {
      const found = await oldLimits(main.kysely, table, limit - moved)
      await copyLimits(api, table, found)
      const ids = found.map(({ id }) => id)
      await main.transaction(trx => retireLimits(trx, table, ids))
      moved += found.length
    }
    return all(moved)
  }

const copyLimits = (
  api: Database<ApiSchema>,
  table: LimitTable,
  found: readonly OldLimit[],
): Promise<void> =>
  api.transaction(async trx => {
    for (const old of found) {
      const known = await knownLimits(trx, table, old)
      if (Object.hasOwn(known, old.resource)) continue
      if (table === 'quotas') await setProjectLimit(trx, old.owner, old.resource, old.limit)
      else if (table === 'quota_classes') {
        await setClassLimit(trx, old.owner, old.resource, old.limit)
      } else await setUserLimit(trx, old.owner, old.user ?? '', old.resource, old.limit)
    }
  })

const knownLimits = (trx: ApiDb, table: LimitTable, { owner, user }: OldLimit): Promise<Limits> => {
  if (table === 'quotas') return projectLimits(trx, owner)
  return table === 'quota_classes' ? classLimits(trx, owner) : userLimits(trx, owner, user ?? '')
}

/**
 * In nova's order and by nova's names: the list of Zed, and `populate_instance_compute_id` of later ones.
 * `fill_virtual_interface_list` of nova's list is not here: it makes rows of interfaces of before Newton
 * from the info caches of their servers.
 */
export const onlineMigrations: readonly (readonly [name: string, migrate: OnlineMigration])[] = [
  ['migrate_quota_limits_to_api_db', limits('quotas', 'project_user_quotas')],
  ['migrate_quota_classes_to_api_db', limits('quota_classes')],
  ['migration_migrate_to_uuid', uuids('migrations')],
  ['populate_uuids', uuids('block_device_mapping')],
  ['populate_missing_availability_zones', zones],
  ['populate_queued_for_delete', queuedForDelete],
  ['migrate_empty_ratio', ratios],
  ['populate_user_id', userIds],
  ['populate_dev_uuids', uuids('pci_devices')],
  ['populate_instance_compute_id', computeIds],
]
