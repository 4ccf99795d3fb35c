import { NotImplementedError } from '../exception/index.js'
import { type Instance, InstanceList } from '../objects/index.js'
import { isOlder } from './older.js'
import type { ComputeServices } from './services.js'
import type { InstanceTerminator } from './terminate.js'

/**
 * Guests whose instances were deleted behind this host's back, while it was down, say: told in the
 * log, switched off or taken away, as `[DEFAULT] running_deleted_instance_action` says.
 */
export const cleanRunningDeleted = async (
  services: ComputeServices,
  terminator: InstanceTerminator,
): Promise<void> => {
  const { adminContext, driver, options, log } = services
  const { runningDeletedInstanceAction: action } = options
  const uuids = await driver.listInstanceUuids()
  if (action === 'noop' || uuids.length === 0) return
  const context = adminContext.with({ readDeleted: 'yes' })
  const deleted = await InstanceList.getByFilters(
    context,
    { uuid: [...uuids], deleted: true, soft_deleted: false },
    { expectedAttrs: ['info_cache', 'metadata', 'system_metadata', 'flavor'] },
  )
  for (const instance of deleted) {
    if (!isOlder(instance.get('deletedAt'), options.runningDeletedInstanceTimeout)) continue
    log.warn({ instance: instance.uuid, action }, 'found the guest of a deleted instance')
    try {
      if (action === 'shutdown') await shutDown(driver, instance)
      if (action === 'reap') await terminator.shutdown(context, instance)
    } catch (error) {
      log.warn({ err: error, instance: instance.uuid }, 'cannot clean up a deleted instance')
    }
  }
}

const shutDown = async (driver: ComputeServices['driver'], instance: Instance): Promise<void> => {
  try {
    await driver.powerOff(instance)
  } catch (error) {
    if (!(error instanceof NotImplementedError)) throw error
  }
}
