import type { RequestContext } from '../../context/index.js'
import { InstanceNotFound } from '../../exception/index.js'
import { Instance, Migration } from '../../objects/index.js'
import type { InstanceArgs } from '../guards.js'
import { PowerState, TaskState, VmState } from '../states.js'
import {
  erringInstance,
  erringMigration,
  freeSource,
  type MoveParts,
  setStatus,
  untellScheduler,
} from './parts.js'

export interface ConfirmResizeArgs extends InstanceArgs {
  /** Migration */
  readonly migration: object
}

/** Where it may stand when the way back goes: nothing under way, or it is being deleted. */
const confirmable = [null, TaskState.deleting, TaskState.softDeleting]

/**
 * On the source: what was kept for the way back goes, and the instance is where it is (contract:
 * flows.md 5). Done already, or deleted: no error.
 */
export const confirmResize = (
  parts: MoveParts,
  context: RequestContext,
  { instance, migration }: ConfirmResizeArgs,
): Promise<void> => {
  if (!(migration instanceof Migration)) throw new TypeError('confirm_resize needs a Migration')
  return parts.locks.run(instance.uuid, () =>
    erringMigration(parts, migration, async () => {
      const current = await Migration.getById(context, migration.id)
      if (current.status !== 'finished' && current.status !== 'confirming') return
      const found = await find(context, instance.uuid)
      if (!found) return
      await erringInstance(parts, found, async () => {
        try {
          await confirm(parts, context, found, current)
        } finally {
          // It is on its new host whatever failed here.
          await freeSource(parts, context, current)
        }
        if (found.host !== parts.services.host) await untellScheduler(parts, context, found)
      })
    }),
  )
}

const confirm = async (
  { services, tracker, networks }: MoveParts,
  context: RequestContext,
  instance: Instance,
  migration: Migration,
): Promise<void> => {
  await services.driver.confirmMigration(context, instance, networks.cached(instance))
  await tracker.release(instance.uuid)
  await setStatus(migration, 'confirmed')
  // Off or on as its owner left it.
  const isOff = instance.powerState === PowerState.shutdown
  instance.vmState = isOff ? VmState.stopped : VmState.active
  instance.taskState = null
  instance.oldFlavor = null
  instance.newFlavor = null
  const { old_vm_state: _, ...rest } = instance.systemMetadata
  instance.systemMetadata = rest
  await instance.save({ expectedTaskState: confirmable })
  await instance.dropMigrationContext()
}

const find = async (context: RequestContext, uuid: string): Promise<Instance | null> => {
  try {
    return await Instance.getByUuid(context, uuid, {
      expectedAttrs: ['metadata', 'system_metadata', 'flavor', 'info_cache'],
    })
  } catch (error) {
    if (error instanceof InstanceNotFound) return null
    throw error
  }
}
