import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../../context/index.js'
import { connectDatabase } from '../../db/connect.js'
import { apiHistory, cellHistory } from '../../db/migrations/history.js'
import { migrate } from '../../db/migrations/migrate.js'
import type { ApiSchema } from '../../db/schema/api.js'
import type { CellSchema } from '../../db/schema/cell.js'
import { CellMapping, CellMappingList, Flavor, FlavorList } from '../../objects/index.js'
import type { StateDir } from './state.js'

/** Names of the databases below the state folder. */
export const databases = { api: 'nova_api', cell0: 'nova_cell0', cell1: 'nova_cell1' } as const

/** Brings the three databases to today's schema. */
export const syncSchemas = async (state: StateDir): Promise<void> => {
  const api = await connectDatabase<ApiSchema>(state.database(databases.api))
  try {
    await migrate(api, apiHistory)
  } finally {
    await api.close()
  }
  for (const name of [databases.cell0, databases.cell1]) {
    const cell = await connectDatabase<CellSchema>(state.database(name))
    try {
      await migrate(cell, cellHistory)
    } finally {
      await cell.close()
    }
  }
}

/** Maps cell0 and cell1, where they are now: the folder may have been moved. */
export const mapCells = async (context: RequestContext, state: StateDir): Promise<void> => {
  const known = (await CellMappingList.getAll(context)).objects
  const wanted = [
    {
      uuid: CellMapping.cell0Uuid,
      name: 'cell0',
      transportUrl: 'none:///',
      databaseConnection: state.database(databases.cell0),
    },
    {
      uuid: known.find(({ name }) => name === 'cell1')?.uuid ?? randomUUID(),
      name: 'cell1',
      transportUrl: 'fake://',
      databaseConnection: state.database(databases.cell1),
    },
  ]
  for (const cell of wanted) {
    const mapping = known.find(({ uuid }) => uuid === cell.uuid)
    if (!mapping) {
      await new CellMapping(context, { ...cell, disabled: false }).create()
    } else if (mapping.databaseConnection !== cell.databaseConnection) {
      mapping.databaseConnection = cell.databaseConnection
      await mapping.save()
    }
  }
}

/** id, name, vCPUs, MiB of memory, GiB of disk: DevStack's. */
const flavors: readonly (readonly [string, string, number, number, number])[] = [
  ['1', 'm1.tiny', 1, 512, 1],
  ['2', 'm1.small', 1, 2048, 20],
  ['3', 'm1.medium', 2, 4096, 40],
  ['4', 'm1.large', 4, 8192, 80],
  ['5', 'm1.xlarge', 8, 16_384, 160],
]

/** The flavors that everybody knows, in a cloud that has none: one that had them deleted keeps its will. */
export const seedFlavors = async (context: RequestContext, isNew: boolean): Promise<void> => {
  if (!isNew || (await FlavorList.getAll(context)).objects.length > 0) return
  for (const [flavorid, name, vcpus, memoryMb, rootGb] of flavors) {
    const flavor = new Flavor(context, {
      flavorid,
      name,
      vcpus,
      memoryMb,
      rootGb,
      ephemeralGb: 0,
      swap: 0,
      rxtxFactor: 1,
      vcpuWeight: 0,
      disabled: false,
      isPublic: true,
      extraSpecs: {},
      projects: [],
      description: null,
    })
    await flavor.create()
  }
}
