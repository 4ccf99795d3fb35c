import { randomUUID } from 'node:crypto'
import { type DirectAccess, RequestContext } from '../../lib/context/index.js'
import { type ApiSchema, apiTables } from '../../lib/db/schema/api.js'
import { type CellSchema, cellTables } from '../../lib/db/schema/cell.js'
import { apiOf, cellOf, Flavor, Instance } from '../../lib/objects/index.js'
import type { Engine } from './databases.js'

/** An admin of project `p1` (user `u1`) with an API database and a cell's of their own. */
export const directContext = async (engine: Engine): Promise<RequestContext> => {
  const data: DirectAccess = {
    kind: 'direct',
    api: await engine.api(),
    cell: await engine.cell(),
  }
  return new RequestContext({ userId: 'u1', projectId: 'p1', isAdmin: true }, { data })
}

/** A flavor that is in no database. */
export const someFlavor = (): Flavor =>
  Flavor.hydrate(null, {
    id: 1,
    name: 'm1.tiny',
    memory_mb: 512,
    vcpus: 1,
    root_gb: 1,
    ephemeral_gb: 0,
    flavorid: '1',
    swap: 0,
    rxtx_factor: 1,
    vcpu_weight: 0,
    disabled: false,
    is_public: true,
    extra_specs: {},
    description: null,
    created_at: null,
    updated_at: null,
    deleted_at: null,
    deleted: false,
  })

/** A server that is being built, not created yet. */
export const newInstance = (
  context: RequestContext,
  values: ConstructorParameters<typeof Instance>[1] = {},
): Instance =>
  new Instance(context, {
    uuid: randomUUID(),
    projectId: 'p1',
    userId: 'u1',
    displayName: 'one',
    vmState: 'building',
    taskState: 'scheduling',
    powerState: 0,
    memoryMb: 512,
    vcpus: 1,
    rootGb: 1,
    ephemeralGb: 0,
    metadata: { role: 'web' },
    systemMetadata: { image_min_ram: '0' },
    flavor: someFlavor(),
    ...values,
  })

/** Deletes all rows behind the context, those that refer to others first. */
export const emptyTables = async (context: RequestContext): Promise<void> => {
  const api = apiOf(context).kysely
  const cell = cellOf(context).kysely
  for (const table of keptTables(apiTables)) {
    await api.deleteFrom(table as keyof ApiSchema).execute()
  }
  for (const table of keptTables(cellTables)) {
    await cell.deleteFrom(table as keyof CellSchema).execute()
  }
}

/** Tables of Zed that objects write to, referrers before those that they refer to. */
const keptTables = (tables: typeof apiTables | typeof cellTables): string[] =>
  Object.entries(tables)
    .filter(([name, table]) => !/^(shadow_|alembic)/.test(name) && !table.since)
    .map(([name]) => name)
    .reverse()
