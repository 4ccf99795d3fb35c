import type { Database } from '../db/database.js'
import { providerCapacities, providerGenerations } from '../db/queries/api/placement.js'
import type { ApiSchema } from '../db/schema/api.js'
import type { Capacity } from './host-state.js'

/** By provider, by resource class. */
export type Capacities = ReadonlyMap<string, ReadonlyMap<string, Capacity>>

/** What providers have, and what is claimed of it. */
export interface CapacitySource {
  /** By provider: it counts up with what is claimed there. */
  generations(): Promise<ReadonlyMap<string, number>>
  /** @param uuids  only of these providers */
  capacities(uuids?: readonly string[]): Promise<Capacities>
}

/** Our own tables: claims are ahead of what computes write of themselves. */
export const databaseCapacities = ({ kysely }: Database<ApiSchema>): CapacitySource => ({
  generations: () => providerGenerations(kysely),
  capacities: async uuids => {
    const providers = new Map<string, Map<string, Capacity>>()
    for (const row of await providerCapacities(kysely, uuids)) {
      const classes = providers.get(row.providerUuid) ?? new Map<string, Capacity>()
      classes.set(row.resourceClass, {
        total: row.total,
        reserved: row.reserved,
        ratio: row.allocationRatio,
        maxUnit: row.maxUnit,
        used: row.used,
      })
      providers.set(row.providerUuid, classes)
    }
    return providers
  },
})

/** Placement keeps them, and is asked at each decision: weighers go by the rows of the nodes. */
export const noCapacities: CapacitySource = {
  generations: async () => new Map(),
  capacities: async () => new Map(),
}
