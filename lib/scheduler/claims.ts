import type { Database } from '../db/database.js'
import * as placement from '../db/queries/api/placement.js'
import type { ApiSchema } from '../db/schema/api.js'
import { AllocationUpdateFailed } from '../exception/index.js'
import type { Resources } from './resources.js'

type ApiDatabase = Database<ApiSchema>

export interface ClaimOwner {
  /** What claims: an instance, or a migration. */
  readonly consumerUuid: string
  readonly projectId: string
  readonly userId: string
}

/**
 * Claims room on one host, all or nothing.
 *
 * A consumer that has claims elsewhere keeps them (a move claims both hosts); on this host the new
 * claim takes the place of the old one.
 *
 * @returns false when the host has no such room, or is not known
 * @throws AllocationUpdateFailed when the consumer's claims were changed meanwhile
 */
export const claimResources = async (
  db: ApiDatabase,
  providerUuid: string,
  resources: Resources,
  { consumerUuid, projectId, userId }: ClaimOwner,
): Promise<boolean> => {
  const amounts = amountsById(resources)
  if (!amounts) return false
  // Outside of the transaction: they are forever, and everyone's rows would wait for theirs.
  const project = await placement.externalId(db.kysely, 'projects', projectId)
  const user = await placement.externalId(db.kysely, 'users', userId)
  try {
    await db.transaction(async trx => {
      const provider = await placement.lockProvider(trx, providerUuid)
      if (!provider) throw new NoRoom()
      const consumer = await placement.consumerByUuid(trx, consumerUuid)
      if (consumer) {
        await placement.deleteAllocations(trx, consumerUuid, provider.id)
        if (!(await placement.bumpConsumer(trx, consumer))) {
          throw new AllocationUpdateFailed({
            consumer_uuid: consumerUuid,
            error: 'consumer generation conflict',
          })
        }
      } else {
        await placement.insertConsumer(trx, {
          uuid: consumerUuid,
          projectId: project,
          userId: user,
        })
      }
      const capacities = await placement.providerCapacities(trx, [provider.uuid])
      if (!fits(resources, capacities)) throw new NoRoom()
      if (amounts.size > 0) {
        await placement.insertAllocations(trx, provider.id, consumerUuid, amounts)
      }
    })
    return true
  } catch (error) {
    if (error instanceof NoRoom) return false
    throw error
  }
}

/** Rolls a claim's transaction back; never leaves this module. */
class NoRoom extends Error {}

/** @returns null when a class is asked for that no host has */
const amountsById = (resources: Resources): ReadonlyMap<number, number> | null => {
  const amounts = new Map<number, number>()
  for (const [name, amount] of Object.entries(resources)) {
    const id = placement.resourceClassId(name)
    if (id === undefined) return null
    amounts.set(id, amount)
  }
  return amounts
}

const fits = (resources: Resources, capacities: readonly placement.ProviderCapacity[]): boolean =>
  Object.entries(resources).every(([name, amount]) => {
    const capacity = capacities.find(({ resourceClass }) => resourceClass === name)
    if (!capacity || amount < capacity.minUnit || amount > capacity.maxUnit) return false
    if (amount % capacity.stepSize !== 0) return false
    const room = (capacity.total - capacity.reserved) * capacity.allocationRatio
    return capacity.used + amount <= room
  })

/**
 * Gives back all that a consumer has claimed.
 *
 * @returns whether there was anything
 */
export const removeAllocations = async (
  db: ApiDatabase,
  consumerUuid: string,
): Promise<boolean> => {
  // Deleting what is not there would lock the gap where others insert.
  if (!(await placement.consumerByUuid(db.kysely, consumerUuid))) return false
  const claimed = await placement.allocationsOf(db.kysely, consumerUuid)
  const providers = [...new Set(claimed.map(({ providerId }) => providerId))].sort((a, b) => a - b)
  return db.transaction(async trx => {
    // First, as claims do; and schedulers see by it that there is room again.
    await placement.bumpProviders(trx, providers)
    await placement.deleteAllocations(trx, consumerUuid)
    await placement.deleteConsumer(trx, consumerUuid)
    return true
  })
}

/**
 * Gives back what a consumer has claimed of one host.
 *
 * @returns whether there was anything
 */
export const removeProviderAllocations = (
  db: ApiDatabase,
  consumerUuid: string,
  providerUuid: string,
): Promise<boolean> =>
  db.transaction(async trx => {
    const provider = await placement.lockProvider(trx, providerUuid)
    const consumer = await placement.consumerByUuid(trx, consumerUuid)
    if (!provider || !consumer) return false
    const removed = await placement.deleteAllocations(trx, consumerUuid, provider.id)
    const left = await placement.allocationsOf(trx, consumerUuid)
    if (left.length === 0) await placement.deleteConsumer(trx, consumerUuid)
    return removed > 0
  })

/**
 * Makes all that one consumer has claimed another's, in place of what that one has. A migration holds
 * the room of the host that its server leaves, so that the way back stays open.
 *
 * @returns false when there is nothing to move
 */
export const moveAllocations = async (
  db: ApiDatabase,
  fromUuid: string,
  { consumerUuid, projectId, userId }: ClaimOwner,
): Promise<boolean> => {
  const project = await placement.externalId(db.kysely, 'projects', projectId)
  const user = await placement.externalId(db.kysely, 'users', userId)
  return db.transaction(async trx => {
    const source = await placement.consumerByUuid(trx, fromUuid)
    if (!source) return false
    const target = await placement.consumerByUuid(trx, consumerUuid)
    if (target) {
      await placement.deleteAllocations(trx, consumerUuid)
      await placement.bumpConsumer(trx, target)
    } else {
      await placement.insertConsumer(trx, { uuid: consumerUuid, projectId: project, userId: user })
    }
    await placement.handAllocations(trx, fromUuid, consumerUuid)
    await placement.deleteConsumer(trx, fromUuid)
    return true
  })
}

/** Amounts by provider, by resource class: the `allocations` of Placement's document. */
export const getAllocations = async (
  db: ApiDatabase,
  consumerUuid: string,
): Promise<Record<string, { resources: Record<string, number> }>> => {
  const found: Record<string, { resources: Record<string, number> }> = {}
  for (const row of await placement.allocationsOf(db.kysely, consumerUuid)) {
    const entry = found[row.providerUuid] ?? { resources: {} }
    entry.resources[row.resourceClass] = row.used
    found[row.providerUuid] = entry
  }
  return found
}

/** Says what a host has, by resource class. Classes that Placement does not know are refused. */
export const setInventory = async (
  db: ApiDatabase,
  provider: { readonly uuid: string; readonly name: string },
  inventory: Readonly<Record<string, placement.InventoryValues>>,
): Promise<void> => {
  const byId = new Map<number, placement.InventoryValues>()
  for (const [name, values] of Object.entries(inventory)) {
    const id = placement.resourceClassId(name)
    if (id === undefined) throw new TypeError(`there is no resource class '${name}'`)
    byId.set(id, values)
  }
  await db.transaction(async trx => {
    const { id } = await placement.ensureProvider(trx, provider)
    await placement.replaceInventory(trx, id, byId)
  })
}

/** Forgets a host that is no more. */
export const deleteProvider = (db: ApiDatabase, uuid: string): Promise<void> =>
  db.transaction(trx => placement.deleteProvider(trx, uuid))
