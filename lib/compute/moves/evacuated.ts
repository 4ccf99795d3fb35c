import type { RequestContext } from '../../context/index.js'
import { ComputeHostNotFound, InstanceNotFound } from '../../exception/index.js'
import { ComputeNode, Instance, type Migration, MigrationList } from '../../objects/index.js'
import type { ComputeServices } from '../services.js'
import { openStatuses } from './overtaken.js'
import { setStatus } from './parts.js'

const evacuating = ['accepted', 'pre-migrating', 'done']

/**
 * While this host was down, its instances were built anew elsewhere: what is left of them here goes, and
 * so does what was claimed for them here.
 *
 * @returns their uuids
 */
export const destroyEvacuated = async (
  context: RequestContext,
  services: ComputeServices,
): Promise<ReadonlySet<string>> => {
  const { host, log } = services
  const { objects } = await MigrationList.getByFilters(context, {
    source_compute: host,
    status: evacuating,
    migration_type: 'evacuation',
  })
  const uuids = new Set<string>()
  for (const migration of objects) {
    const { instanceUuid: uuid } = migration
    if (!uuid) continue
    uuids.add(uuid)
    try {
      await destroyOne(context, services, migration, uuid)
    } catch (error) {
      log.error({ err: error, instance: uuid }, 'cannot clear away what was evacuated')
    }
  }
  return uuids
}

const destroyOne = async (
  context: RequestContext,
  { driver, allocations, log }: ComputeServices,
  migration: Migration,
  uuid: string,
): Promise<void> => {
  const instance = await find(context.with({ readDeleted: 'yes' }), uuid)
  if (instance && (await driver.instanceExists(instance))) {
    log.info({ instance: uuid }, 'destroying a guest that was evacuated from this host')
    await driver.destroy(context, instance, { networkInfo: [], blockDeviceInfo: null })
  }
  const provider = await providerOf(context, migration)
  if (provider) {
    await allocations.removeAllocations(context, uuid, provider)
    // It may be on its way again, and what was claimed for it be held by that move.
    for (const move of await openMoves(context, uuid)) {
      await allocations.removeAllocations(context, move.uuid, provider)
    }
  }
  await setStatus(migration, 'completed')
}

const openMoves = async (context: RequestContext, uuid: string): Promise<readonly Migration[]> => {
  const filters = { instance_uuid: uuid, migration_type: ['resize', 'migration', 'live-migration'] }
  const { objects } = await MigrationList.getByFilters(context, filters)
  return objects.filter(({ status }) => openStatuses.includes(status ?? ''))
}

const find = async (context: RequestContext, uuid: string): Promise<Instance | null> => {
  try {
    return await Instance.getByUuid(context, uuid, { expectedAttrs: ['info_cache'] })
  } catch (error) {
    if (error instanceof InstanceNotFound) return null
    throw error
  }
}

const providerOf = async (
  context: RequestContext,
  { sourceCompute, sourceNode }: Migration,
): Promise<string | null> => {
  try {
    const node = await ComputeNode.getByHostAndNodename(
      context,
      sourceCompute ?? '',
      sourceNode ?? '',
    )
    return node.uuid
  } catch (error) {
    if (error instanceof ComputeHostNotFound) return null
    throw error
  }
}
