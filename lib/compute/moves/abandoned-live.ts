import type { RequestContext } from '../../context/index.js'
import { InstanceNotFound, MigrationError } from '../../exception/index.js'
import { Instance, type Migration, MigrationList } from '../../objects/index.js'
import { addInstanceFault } from '../faults.js'
import { isOlder } from '../older.js'
import { TaskState } from '../states.js'
import type { LiveMigrations } from './live-source.js'
import { freeSource, type MoveTools, setStatus, takeBackAllocations } from './parts.js'
import { repairLive } from './repair.js'

/**
 * Ends live migrations from this host that nobody works on any more: the service, or the conductor that
 * was to begin one, was killed. nova leaves the server at its task until its state is reset.
 */
export const endAbandonedLive = async (parts: MoveTools, live: LiveMigrations): Promise<void> => {
  const { adminContext: context, host, options, log } = parts.services
  const { objects } = await MigrationList.getByFilters(context, {
    source_compute: host,
    status: ['accepted', 'queued', 'preparing', 'running'],
    migration_type: 'live-migration',
  })
  for (const migration of objects) {
    const { instanceUuid: uuid } = migration
    const last = migration.get('updatedAt') ?? migration.get('createdAt')
    if (!uuid || live.has(uuid) || !isOlder(last, options.moveAbandonedAfter)) continue
    try {
      await endOne(parts, context, migration, uuid)
    } catch (error) {
      log.warn({ err: error, instance: uuid }, 'cannot end an abandoned live migration')
    }
  }
}

const endOne = async (
  parts: MoveTools,
  context: RequestContext,
  migration: Migration,
  uuid: string,
): Promise<void> => {
  const { host, log } = parts.services
  const instance = await find(context, uuid)
  log.warn({ instance: uuid }, 'ending a live migration that nobody works on any more')
  if (!instance) {
    await setStatus(migration, 'error')
    return freeSource(parts, context, migration)
  }
  if (instance.host !== host) {
    await parts.volumes.dropStrays(context, instance)
    await setStatus(migration, 'completed')
    return freeSource(parts, context, migration)
  }
  if (instance.taskState === TaskState.migrating) {
    const why = new MigrationError({ reason: 'it was interrupted, and nobody goes on with it.' })
    await addInstanceFault(context, host, instance, why)
    return repairLive(parts, context, instance)
  }
  await setStatus(migration, 'error')
  await takeBackAllocations(parts, context, instance, migration)
}

const find = async (context: RequestContext, uuid: string): Promise<Instance | null> => {
  try {
    return await Instance.getByUuid(context, uuid, {
      expectedAttrs: ['flavor', 'info_cache', 'system_metadata'],
    })
  } catch (error) {
    if (error instanceof InstanceNotFound) return null
    throw error
  }
}
